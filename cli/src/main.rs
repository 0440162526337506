//! `coffret`, the people's tool: demo, dev-server, inject, render.

fn main() {}
