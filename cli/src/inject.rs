//! `coffret inject`: what the webhook would do to a manifest, with the same code and no cluster.
