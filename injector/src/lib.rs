//! The admission webhook: a review in, a JSON patch out; certificates and metrics.
