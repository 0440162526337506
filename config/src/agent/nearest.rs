//! "Did you mean": the valid word nearest to a mistyped one.

/// The candidate that differs least from `word`, if it differs by few enough letters to be a slip.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let allowed = (word.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|candidate| (distance(&word, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Letters to insert, remove, replace or swap with their neighbour to get from one word to the other.
fn distance(one: &str, other: &str) -> usize {
    let one: Vec<char> = one.chars().collect();
    let other: Vec<char> = other.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let replaced = last[j] + usize::from(a != b);
            let mut best = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == other[j - 1] && one[i - 1] == *b {
                best = best.min(before_last[j - 1] + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn counts_each_kind_of_slip_once() {
        assert_eq!(distance("adress", "address"), 1);
        assert_eq!(distance("addresss", "address"), 1);
        assert_eq!(distance("addrass", "address"), 1);
        assert_eq!(distance("adderss", "address"), 1);
        assert_eq!(distance("", "abc"), 3);
    }

    #[test]
    fn offers_only_what_is_near() {
        let keys = ["address", "ca_cert", "ca_path"];
        assert_eq!(nearest("adress", keys), Some("address"));
        assert_eq!(nearest("CA_CERTS", keys), Some("ca_cert"));
        assert_eq!(nearest("storage", keys), None);
    }
}
