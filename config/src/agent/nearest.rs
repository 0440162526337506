//! "Did you mean": the valid word nearest to a mistyped one.

use strsim::osa_distance;

/// The candidate that differs least from `word`, if it differs by few enough letters to be a slip.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let allowed = (word.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(word.len()) <= 4 * allowed)
        .map(|candidate| (osa_distance(&word, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn counts_each_kind_of_slip_once() {
        for slip in ["adress", "addresss", "addrass", "adderss"] {
            assert_eq!(nearest(slip, ["address", "addr"]), Some("address"), "{slip}");
        }
        assert_eq!(nearest("", ["abc"]), None);
    }

    #[test]
    fn offers_only_what_is_near() {
        let keys = ["address", "ca_cert", "ca_path"];
        assert_eq!(nearest("adress", keys), Some("address"));
        assert_eq!(nearest("CA_CERTS", keys), Some("ca_cert"));
        assert_eq!(nearest("storage", keys), None);
    }
}
