//! Bodies that are too large for memory: a file without a name each, looked
//! at through a map of it. The system removes it with its last user, whatever
//! ends the run.

use std::io::Write as _;

use bytes::Bytes;
use memmap2::Mmap;

/// `None` where there is no room for temporary files.
pub(crate) fn spill(bytes: &[u8]) -> Option<Bytes> {
    let told = |error: std::io::Error| tracing::warn!(%error, "no file for a large body");
    let mut file = tempfile::tempfile().map_err(told).ok()?;
    file.write_all(bytes).map_err(told).ok()?;
    #[expect(unsafe_code, reason = "nobody else can change a file that never had a name")]
    let map = unsafe { Mmap::map(&file) };
    Some(Bytes::from_owner(map.map_err(told).ok()?))
}

#[cfg(test)]
mod tests {
    use super::spill;

    #[test]
    fn what_was_spilled_reads_as_it_was() {
        let bytes: Vec<u8> = (0..100_000_u32).map(|number| number as u8).collect();
        let spilled = spill(&bytes).unwrap();
        assert_eq!(spilled, bytes);
        assert_eq!(spilled.clone().slice(1..9), bytes[1..9]);
        assert!(spill(&[]).is_none_or(|empty| empty.is_empty()));
    }
}
