//! What a scenario is played under once more, beside its ordinary play.

use std::path::PathBuf;

use crate::model::span::Span;

/// A condition as a scenario names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionSpec {
    pub kind: ConditionKind,
    /// Where it stands, for messages.
    pub span: Span,
}

/// Steps are indexes, from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConditionKind {
    Slow3g,
    Fast3g,
    SlowCpu,
    Itp,
    Etp,
    /// Without network once that step is done; `None`: the last one.
    Offline(Option<usize>),
    /// An uncaught exception before that step; `None`: as each page loads.
    Exception(Option<usize>),
    /// Files with filter lists.
    BlockLists(Vec<PathBuf>),
}

/// Conditions that a word is enough for, and what they are.
pub const WORDS: &[(&str, &str, ConditionKind)] = &[
    ("slow-3g", "400 kbit/s both ways, 400 ms to each answer", ConditionKind::Slow3g),
    ("fast-3g", "1.6 Mbit/s both ways, 150 ms to each answer", ConditionKind::Fast3g),
    ("slow-cpu", "scripts run four times slower", ConditionKind::SlowCpu),
    ("itp", "cookies as Safari keeps them", ConditionKind::Itp),
    ("etp", "cookies as Firefox lets trackers have them: none", ConditionKind::Etp),
    ("offline", "no network once the last step is done", ConditionKind::Offline(None)),
    ("exception", "an uncaught exception as each page loads", ConditionKind::Exception(None)),
];

impl ConditionKind {
    pub fn named(word: &str) -> Option<Self> {
        WORDS.iter().find(|(known, ..)| *known == word).map(|(.., kind)| kind.clone())
    }

    /// The word that it is called by, with or without what it needs besides.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Slow3g => "slow-3g",
            Self::Fast3g => "fast-3g",
            Self::SlowCpu => "slow-cpu",
            Self::Itp => "itp",
            Self::Etp => "etp",
            Self::Offline(_) => "offline",
            Self::Exception(_) => "exception",
            Self::BlockLists(_) => "blocked",
        }
    }

    /// Whether hits may be lost to it without a fault of the site: what
    /// survives is told then, and nothing is demanded.
    pub fn hinders(&self) -> bool {
        !matches!(self, Self::Slow3g | Self::Fast3g | Self::SlowCpu)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_leads_to_what_is_called_so() {
        for (word, _, kind) in WORDS {
            assert_eq!(ConditionKind::named(word).as_ref(), Some(kind));
            assert_eq!(kind.word(), *word);
        }
        assert_eq!(ConditionKind::named("slow"), None);
    }
}
