//! Where bodies are kept: small ones in memory, large ones and what is too
//! much altogether wherever the caller puts them. It knows no files.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

/// Puts bytes where they take no memory; `None` where that cannot be done.
pub type Spill = Arc<dyn Fn(&[u8]) -> Option<Bytes> + Send + Sync>;

/// A body of this size is never kept in memory.
const LARGE: usize = 256 << 10;

/// A body below this size always is: a file costs as much.
const SMALL: usize = 4 << 10;

/// Bytes that are kept in memory, small ones aside.
const MOST_IN_MEMORY: usize = 16 << 20;

/// Bytes that are kept altogether.
const MOST: usize = 2 << 30;

/// Bodies that are put elsewhere: a system maps so many files for a process,
/// and the allocator needs some of them.
const MOST_ELSEWHERE: usize = 20_000;

#[derive(Default)]
pub(super) struct Bodies {
    spill: Option<Spill>,
    in_memory: usize,
    elsewhere: usize,
    all: usize,
}

impl Bodies {
    pub(super) fn with(spill: Spill) -> Self {
        Self { spill: Some(spill), ..Self::default() }
    }

    /// `None`: there is no room for it. What a body replaces goes on counting,
    /// since that is rare.
    pub(super) fn keep(&mut self, bytes: Vec<u8>) -> Option<Bytes> {
        let all = self.all.checked_add(bytes.len()).filter(|all| *all <= MOST)?;
        let in_memory = self.in_memory.saturating_add(bytes.len());
        let fits = bytes.len() < SMALL || in_memory <= MOST_IN_MEMORY;
        let goes = (bytes.len() >= LARGE || !fits) && self.elsewhere < MOST_ELSEWHERE;
        let spill = self.spill.as_ref().filter(|_| goes);
        let kept = match spill.and_then(|spill| spill(&bytes)) {
            Some(kept) => {
                self.elsewhere += 1;
                kept
            }
            None if fits => {
                self.in_memory = in_memory;
                bytes.into()
            }
            None => return None,
        };
        self.all = all;
        Some(kept)
    }
}

impl fmt::Debug for Bodies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} bytes, {} of them in memory", self.all, self.in_memory)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Keeps bodies of these sizes; which of them were put elsewhere, and
    /// which found no room.
    fn put(sizes: &[usize], spill: Option<bool>) -> (Vec<usize>, Vec<usize>) {
        let spilled: Arc<Mutex<Vec<usize>>> = Arc::default();
        let noted = Arc::clone(&spilled);
        let mut bodies = spill.map_or_else(Bodies::default, |works| {
            Bodies::with(Arc::new(move |bytes| {
                noted.lock().unwrap().push(bytes.len());
                works.then(|| Bytes::copy_from_slice(bytes))
            }))
        });
        let lost = sizes.iter().filter(|size| bodies.keep(vec![b'x'; **size]).is_none());
        let lost = lost.copied().collect();
        (std::mem::take(&mut *spilled.lock().unwrap()), lost)
    }

    #[test]
    fn large_bodies_and_too_many_of_them_go_elsewhere() {
        assert_eq!(put(&[0, 10, LARGE - 1, LARGE], Some(true)), (vec![LARGE], vec![]));
        let many = vec![LARGE / 2; 200];
        let (spilled, lost) = put(&many, Some(true));
        assert_eq!((spilled.len(), lost.len()), (200 - MOST_IN_MEMORY / (LARGE / 2), 0));
    }

    #[test]
    fn without_room_elsewhere_memory_stays_bounded() {
        for spill in [None, Some(false)] {
            let sizes = [LARGE, MOST_IN_MEMORY - LARGE, SMALL, 100];
            assert_eq!(put(&sizes, spill).1, [SMALL], "what is small costs as much as a request");
        }
    }
}
