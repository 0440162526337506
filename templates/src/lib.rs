//! Go-template and Handlebars engines over one function library; no I/O, no async.
