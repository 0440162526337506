//! Runs the golden cases beside this file: what consul-template made of each template, `coffret-templates` must make too.

#[cfg(test)]
mod cases;
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod machine;
#[cfg(test)]
mod page;
#[cfg(test)]
mod world;
