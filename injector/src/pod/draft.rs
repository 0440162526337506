//! A JSON patch in the making: it knows which lists of the pod exist, so that appending to an absent list
//! creates it once and never erases what an earlier step added.

use std::collections::BTreeMap;

use json_patch::jsonptr::PointerBuf;
use json_patch::{AddOperation, Patch, PatchOperation, RemoveOperation};
use serde_json::Value;

/// A patch for one pod.
pub(super) struct Draft<'a> {
    pod: &'a Value,
    operations: Vec<PatchOperation>,
    lengths: BTreeMap<PointerBuf, usize>,
}

/// A JSON pointer of its unescaped parts.
pub(super) fn pointer<'t>(parts: impl IntoIterator<Item = &'t str>) -> PointerBuf {
    PointerBuf::from_tokens(parts)
}

impl<'a> Draft<'a> {
    /// An empty patch for a pod.
    pub fn new(pod: &'a Value) -> Draft<'a> {
        Draft {
            pod,
            operations: Vec::new(),
            lengths: BTreeMap::new(),
        }
    }

    /// The length of a list as it is after the operations so far.
    pub fn length(&self, list: &PointerBuf) -> usize {
        let original = || {
            self.pod
                .pointer(list.as_str())
                .and_then(Value::as_array)
                .map_or(0, Vec::len)
        };
        self.lengths.get(list).copied().unwrap_or_else(original)
    }

    /// States a list's length where the pod as it came has something else at that place.
    pub fn know(&mut self, list: &PointerBuf, length: usize) {
        self.lengths.entry(list.clone()).or_insert(length);
    }

    /// Appends to a list, which is created when it is absent, null or empty.
    pub fn append(&mut self, list: PointerBuf, value: Value) {
        let length = self.length(&list);
        let (path, value) = if length == 0 {
            (list.clone(), Value::Array(vec![value]))
        } else {
            (below(&list, "-"), value)
        };
        self.operations.push(PatchOperation::Add(AddOperation { path, value }));
        self.lengths.insert(list, length + 1);
    }

    /// Inserts into a list before an index; behind the end it appends.
    pub fn insert(&mut self, list: PointerBuf, index: usize, value: Value) {
        let length = self.length(&list);
        if index >= length {
            return self.append(list, value);
        }
        self.operations.push(PatchOperation::Add(AddOperation {
            path: below(&list, &index.to_string()),
            value,
        }));
        self.lengths.insert(list, length + 1);
    }

    /// Adds or replaces a member.
    pub fn set(&mut self, path: PointerBuf, value: Value) {
        self.operations.push(PatchOperation::Add(AddOperation { path, value }));
    }

    /// Removes what is there.
    pub fn remove(&mut self, path: PointerBuf) {
        self.operations.push(PatchOperation::Remove(RemoveOperation { path }));
    }

    /// The pod the patch is for.
    pub fn pod(&self) -> &'a Value {
        self.pod
    }

    /// The finished patch.
    pub fn finish(self) -> Patch {
        Patch(self.operations)
    }
}

/// A pointer to a member or index below another.
pub(super) fn below(list: &PointerBuf, part: &str) -> PointerBuf {
    let mut path = list.clone();
    path.push_back(part);
    path
}
