//! The structs that templates see a secret as.

use std::any::Any;

use crate::functions::time::TIME;
use crate::value::{ANY_MAP, Field, Named, Object, STRING_LIST, STRING_MAP, Type, Value};

pub(super) static SECRET: Named = Named {
    name: "dependency.Secret",
    is_struct: true,
    fields: &[
        Field {
            name: "RequestID",
            of: Type::String,
        },
        Field {
            name: "LeaseID",
            of: Type::String,
        },
        Field {
            name: "LeaseDuration",
            of: Type::INT,
        },
        Field {
            name: "Renewable",
            of: Type::Bool,
        },
        Field {
            name: "Data",
            of: ANY_MAP,
        },
        Field {
            name: "Warnings",
            of: STRING_LIST,
        },
        Field {
            name: "Auth",
            of: Type::Pointer(&AUTH),
        },
        Field {
            name: "WrapInfo",
            of: Type::Pointer(&WRAP_INFO),
        },
    ],
    methods: &[],
};

pub(super) static AUTH: Named = Named {
    name: "dependency.SecretAuth",
    is_struct: true,
    fields: &[
        Field {
            name: "ClientToken",
            of: Type::String,
        },
        Field {
            name: "Accessor",
            of: Type::String,
        },
        Field {
            name: "Policies",
            of: STRING_LIST,
        },
        Field {
            name: "Metadata",
            of: STRING_MAP,
        },
        Field {
            name: "LeaseDuration",
            of: Type::INT,
        },
        Field {
            name: "Renewable",
            of: Type::Bool,
        },
    ],
    methods: &[],
};

pub(super) static WRAP_INFO: Named = Named {
    name: "dependency.SecretWrapInfo",
    is_struct: true,
    fields: &[
        Field {
            name: "Token",
            of: Type::String,
        },
        Field {
            name: "TTL",
            of: Type::INT,
        },
        Field {
            name: "CreationTime",
            of: Type::Named(&TIME),
        },
        Field {
            name: "WrappedAccessor",
            of: Type::String,
        },
    ],
    methods: &[],
};

/// A pointer to a struct whose fields are all known.
pub(super) struct Record {
    pub(super) named: &'static Named,
    pub(super) fields: Vec<Value>,
}

impl Object for Record {
    fn named(&self) -> &'static Named {
        self.named
    }

    fn is_pointer(&self) -> bool {
        true
    }

    fn field(&self, index: usize) -> Value {
        self.fields.get(index).cloned().unwrap_or(Value::Nil)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
