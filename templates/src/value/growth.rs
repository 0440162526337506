//! How large Go makes the array behind a slice that is appended to: `growslice` and `roundupsize` of its runtime.

use super::Type;

/// Sizes of the runtime's small objects in bytes.
const CLASSES: &[usize] = &[
    8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384, 416, 448, 480,
    512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048, 2304, 2688, 3072, 3200, 3456, 4096, 4864,
    5120, 5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728, 10240, 10880, 12288, 13568, 14336, 16384, 18432, 19072,
    20480, 21760, 24576, 27264, 28672, 32768,
];

/// Bytes before an object with pointers that is larger than [`LARGEST_WITHOUT_HEADER`].
const HEADER: usize = 8;

const LARGEST_WITHOUT_HEADER: usize = 512;

const PAGE: usize = 8192;

/// Capacity from which on it grows by a quarter instead of doubling.
const LARGE: usize = 256;

/// The capacity after appending, at once, to a slice of a capacity, until it has the length needed.
pub(crate) fn grown(capacity: usize, needed: usize, element: Type) -> usize {
    let mut wanted = capacity;
    if needed <= capacity {
        return capacity;
    }
    if needed > capacity.saturating_mul(2) {
        wanted = needed;
    } else if capacity < LARGE {
        wanted = capacity * 2;
    } else {
        while wanted < needed {
            wanted += (wanted + 3 * LARGE) / 4;
        }
    }
    let (size, has_pointers) = layout(element);
    rounded(wanted * size, has_pointers) / size
}

/// The capacity after appending items one by one to an empty slice of a capacity.
pub(crate) fn appended(capacity: usize, length: usize, element: Type) -> usize {
    let mut capacity = capacity;
    while capacity < length {
        capacity = grown(capacity, capacity + 1, element);
    }
    capacity
}

/// Bytes of an element, and whether it holds pointers.
fn layout(element: Type) -> (usize, bool) {
    match element {
        Type::Int(_) | Type::Uint(_) | Type::Float64 => (8, false),
        Type::Map(..) | Type::Pointer(_) => (8, true),
        Type::List(_) => (24, true),
        _ => (16, true),
    }
}

fn rounded(bytes: usize, has_pointers: bool) -> usize {
    let header = match has_pointers && bytes > LARGEST_WITHOUT_HEADER {
        true => HEADER,
        false => 0,
    };
    let class = CLASSES.iter().find(|class| **class >= bytes + header);
    match class.filter(|_| bytes <= CLASSES[CLASSES.len() - 1] - HEADER) {
        Some(class) => class - header,
        None => bytes.next_multiple_of(PAGE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capacities_are_those_of_go() {
        let lengths = [0, 1, 2, 3, 5, 9, 33, 65, 257, 1000];
        let of = |element| lengths.map(|length| appended(0, length, element));
        assert_eq!(of(Type::Any), [0, 1, 2, 4, 8, 16, 71, 71, 303, 1023]);
        assert_eq!(of(Type::INT), [0, 1, 2, 4, 8, 16, 64, 128, 512, 1280]);
        assert_eq!(grown(5, 6, Type::Any), 10);
        assert_eq!(grown(1, 34, Type::Any), 35);
    }
}
