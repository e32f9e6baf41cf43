//! Which of the scenarios are played, and in which order. It reads no files:
//! what failed the last time is handed to it.

use std::str::FromStr;

use regex::Regex;
use sha2::{Digest, Sha256};

use crate::cli::joints::Scenario;
use crate::cli::problems::Problem;
use crate::cli::run::Arguments;
use crate::cli::run::durations::Durations;
use crate::model::run::{self, Part};

#[derive(Debug, Default)]
pub struct Selection {
    grep: Option<Regex>,
    tags: Vec<String>,
    shard: Option<Shard>,
    /// How long scenarios took; without it parts are made by name.
    durations: Option<Durations>,
    /// The seed of the order.
    shuffle: Option<u64>,
    last_failed: bool,
    /// Whether a choice of changed ones follows.
    changed: bool,
}

/// One part of the scenarios: `2/5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    pub number: u64,
    pub of: u64,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(number, of)| {
            Some(Self { number: number.parse().ok()?, of: of.parse().ok()? })
        });
        parts
            .filter(|shard| shard.number >= 1 && shard.number <= shard.of)
            .ok_or_else(|| "expected such as `2/5`, the second of five parts".to_owned())
    }
}

impl Shard {
    /// By the name alone, so that a further scenario moves no other one.
    fn holds(self, slug: &str) -> bool {
        by_name(slug, self.of) == self.number
    }
}

/// What is played, and what it is a part of.
#[derive(Debug)]
pub struct Played {
    pub scenarios: Vec<Scenario>,
    pub part: Part,
}

/// The part, from 1, that a scenario of this name belongs to.
pub fn by_name(slug: &str, of: u64) -> u64 {
    let digest = Sha256::digest(slug.as_bytes());
    let number = digest.iter().take(8).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    number % of + 1
}

impl Selection {
    pub fn read(arguments: &Arguments, problems: &mut Vec<Problem>) -> Self {
        let grep = arguments.grep.as_deref().and_then(|pattern| {
            Regex::new(pattern)
                .map_err(|error| {
                    let reason = error.to_string();
                    let reason =
                        reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
                    problems.push(Problem::new(format!(
                        "--grep `{pattern}` is no regular expression: {reason}"
                    )));
                })
                .ok()
        });
        Self {
            grep,
            tags: arguments.tags.clone(),
            shard: arguments.shard,
            durations: arguments.shard_by.as_deref().and_then(|path| {
                Durations::read(path).map_err(|problem| problems.push(problem)).ok()
            }),
            shuffle: arguments
                .shuffle
                .map(|seed| seed.unwrap_or_else(|| fastrand::u64(..1_000_000))),
            last_failed: arguments.last_failed,
            changed: arguments.changed_since.is_some(),
        }
    }

    /// What a person should know to have the same choice again.
    pub fn notices(&self) -> Vec<String> {
        let seed = self.shuffle.iter();
        let seed = seed.map(|seed| format!("shuffled; --shuffle={seed} plays in this order again"));
        seed.chain(self.durations.iter().map(Durations::notice)).collect()
    }

    /// Whether nothing is left out.
    pub fn is_everything(&self) -> bool {
        self.grep.is_none()
            && self.tags.is_empty()
            && self.shard.is_none()
            && !self.last_failed
            && !self.changed
    }

    /// The scenarios to play, of those that a change concerns. None at all is a
    /// mistake, except in a shard, where nothing changed, and when nothing is
    /// left that failed: with few scenarios a part may be empty.
    pub fn apply(
        &self,
        mut scenarios: Vec<Scenario>,
        failed: &[String],
        is_concerned: impl Fn(&Scenario) -> bool,
    ) -> Result<Played, Problem> {
        if let Some(grep) = &self.grep {
            scenarios.retain(|it| grep.is_match(&it.name) || grep.is_match(&it.file));
            if scenarios.is_empty() {
                return Err(Problem::new(format!("no scenario matches --grep `{grep}`")));
            }
        }
        if !self.tags.is_empty() {
            let mut known: Vec<String> =
                scenarios.iter().flat_map(|it| it.tags.iter().cloned()).collect();
            known.sort_unstable();
            known.dedup();
            scenarios.retain(|it| it.tags.iter().any(|tag| self.tags.contains(tag)));
            if scenarios.is_empty() {
                let problem =
                    Problem::new(format!("no scenario has the tag `{}`", self.tags.join("` or `")));
                return Err(if known.is_empty() {
                    problem.help("write `tags: [smoke]` into a scenario")
                } else {
                    problem.help(format!("tags are `{}`", known.join("`, `")))
                });
            }
        }
        // Where nothing failed, everything is played: whoever asks for the
        // failed ones of a first run must not get a pass for nothing.
        let slugs: Vec<String> = scenarios.iter().map(|it| it.slug.clone()).collect();
        let did_fail = |it: &Scenario| failed.iter().any(|one| is_of(one, &it.slug, &slugs));
        if self.last_failed && scenarios.iter().any(did_fail) {
            scenarios.retain(did_fail);
        }
        scenarios.retain(is_concerned);
        let mut part = Part {
            chosen: scenarios.iter().map(chosen).collect(),
            seed: self.shuffle,
            secrets: scenarios.iter().flat_map(|it| it.secrets.clone()).collect(),
            ..Part::default()
        };
        // Before a part is taken, so that merged parts can be put in the order
        // of the whole.
        if let Some(seed) = self.shuffle {
            fastrand::Rng::with_seed(seed).shuffle(&mut scenarios);
        }
        if let Some(shard) = self.shard {
            scenarios.retain(|it| match &self.durations {
                Some(durations) => durations.part(&it.slug, shard.of) == shard.number,
                None => shard.holds(&it.slug),
            });
            (part.number, part.of) = (shard.number, shard.of);
        }
        Ok(Played { scenarios, part })
    }
}

/// A scenario by what tells it from others.
pub fn chosen(scenario: &Scenario) -> run::Chosen {
    run::Chosen {
        name: scenario.name.clone(),
        slug: scenario.slug.clone(),
        file: scenario.file.clone(),
    }
}

/// Whether what failed is the scenario, or a play of it under a condition,
/// whose slug goes on behind the scenario's. One too many is played rather
/// than one too few.
fn is_of(failed: &str, slug: &str, slugs: &[String]) -> bool {
    failed == slug
        || (failed.strip_prefix(slug).is_some_and(|rest| rest.starts_with('-'))
            && !slugs.iter().any(|other| other == failed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenarios(names: &[&str]) -> Vec<Scenario> {
        names
            .iter()
            .map(|name| Scenario {
                name: (*name).to_owned(),
                slug: (*name).to_owned(),
                file: format!("{name}.yaml"),
                tags: name.split('-').map(str::to_owned).collect(),
                ..Scenario::default()
            })
            .collect()
    }

    fn slugs(selection: &Selection, names: &[&str], failed: &[&str]) -> Vec<String> {
        let failed: Vec<String> = failed.iter().map(|slug| (*slug).to_owned()).collect();
        let played = selection.apply(scenarios(names), &failed, |_| true).unwrap();
        played.scenarios.into_iter().map(|scenario| scenario.slug).collect()
    }

    const NAMES: [&str; 4] = ["cart-fast", "lead-slow", "pay-slow", "search"];

    #[test]
    fn tags_and_failures_choose() {
        let tags = |tags: &[&str]| Selection {
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            ..Selection::default()
        };
        assert_eq!(slugs(&tags(&["slow"]), &NAMES, &[]), ["lead-slow", "pay-slow"]);
        assert_eq!(slugs(&tags(&["search", "fast"]), &NAMES, &[]), ["cart-fast", "search"]);
        let error = tags(&["none"]).apply(scenarios(&NAMES), &[], |_| true).unwrap_err();
        assert_eq!(error.diagnostic.message, "no scenario has the tag `none`");
        let failed = Selection { last_failed: true, ..Selection::default() };
        assert_eq!(slugs(&failed, &NAMES, &["pay-slow", "gone"]), ["pay-slow"]);
        assert_eq!(slugs(&failed, &NAMES, &["gone"]).len(), 4);
        // What failed under a condition only is a failure of its scenario.
        assert_eq!(slugs(&failed, &NAMES, &["search-slow-3g"]), ["search"]);
        assert_eq!(slugs(&failed, &["pay", "pay-slow"], &["pay-slow"]), ["pay-slow"]);
        assert_eq!(slugs(&failed, &["pay", "payment"], &["payment-blocked"]), ["payment"]);
    }

    #[test]
    fn shards_hold_every_scenario_once_and_may_be_empty() {
        let of =
            |number| Selection { shard: Some(Shard { number, of: 9 }), ..Selection::default() };
        let mut all: Vec<String> = Vec::new();
        let mut empty = 0;
        for number in 1..=9 {
            let part = slugs(&of(number), &NAMES, &[]);
            empty += usize::from(part.is_empty());
            all.extend(part);
        }
        all.sort();
        assert_eq!(all, NAMES);
        assert!(empty >= 5);
    }

    #[test]
    fn shards_by_durations_hold_every_scenario_once() {
        let durations = Durations::parse(r#"{"seconds": {"pay-slow": 9, "search": 3, "gone": 5}}"#);
        let of = |number| Selection {
            shard: Some(Shard { number, of: 2 }),
            durations: Some(durations.clone().unwrap()),
            ..Selection::default()
        };
        let (first, second) = (slugs(&of(1), &NAMES, &[]), slugs(&of(2), &NAMES, &[]));
        assert!(first.contains(&"pay-slow".to_owned()), "{first:?}");
        assert!(second.contains(&"search".to_owned()), "{second:?}");
        let mut all = [first, second].concat();
        all.sort();
        assert_eq!(all, NAMES);
        // A part stays as it is when only some are chosen.
        assert_eq!(slugs(&of(2), &["search"], &[]), ["search"]);
    }

    #[test]
    fn shards_are_written_as_fractions() {
        assert_eq!("2/5".parse(), Ok(Shard { number: 2, of: 5 }));
        for wrong in ["0/5", "6/5", "1/0", "2", "a/b", "1/2/3", ""] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_seed_gives_the_same_order_each_time() {
        let shuffled = Selection { shuffle: Some(7), ..Selection::default() };
        let first = slugs(&shuffled, &NAMES, &[]);
        assert_eq!(slugs(&shuffled, &NAMES, &[]), first);
        let orders = (0..20).map(|seed| {
            slugs(&Selection { shuffle: Some(seed), ..Selection::default() }, &NAMES, &[])
        });
        assert!(orders.into_iter().any(|order| order != first));
        assert!(shuffled.is_everything());
    }
}
