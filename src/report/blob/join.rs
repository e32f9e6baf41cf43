//! The parts of a run as if it had been one: in the order of an unsharded
//! run, with what is missing told. It opens no file.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::model::finding::{Finding, Severity};
use crate::model::run::{Chosen, Part, RunReport, ScenarioReport, Shelf};
use crate::report::blob::{End, Head, Line};
use crate::report::clean::one_line;

/// Most names that a message lists.
const MOST_NAMES: usize = 5;

/// Longest text of a blob that a message shows.
const LONGEST: usize = 100;

/// Why files are not the parts of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    pub message: String,
    pub help: String,
}

/// Everything that speaks against these blobs being parts of one run, each by
/// its name, the version that wrote it, and its head.
pub fn mistakes(blobs: &[(&str, &str, &Head)]) -> Vec<Mistake> {
    let mut found = Vec::new();
    let Some((first, version, head)) = blobs.first() else { return found };
    let mut seen: BTreeMap<u64, &str> = BTreeMap::new();
    for (name, other_version, other) in blobs {
        if let Some(why) = difference((version, &head.part), (other_version, &other.part)) {
            found.push(Mistake {
                message: format!("{first} and {name} are of different runs: {why}"),
                help: "merge the blobs of one run at a time; old ones may lie beside the new"
                    .to_owned(),
            });
        } else if let Some(twin) = seen.insert(other.part.number, name) {
            let Part { number, of, .. } = other.part;
            found.push(Mistake {
                message: format!("{twin} and {name} are both part {number} of {of}"),
                help: "give each part once; of one that was repeated, the last".to_owned(),
            });
        }
    }
    found
}

/// Why two parts are not of the same run.
fn difference(
    (version, part): (&str, &Part),
    (other_version, other): (&str, &Part),
) -> Option<String> {
    let say = |text: &str| one_line(text, LONGEST);
    if version != other_version {
        return Some(format!(
            "pixelproof {} wrote one, {} the other",
            say(version),
            say(other_version)
        ));
    }
    if part.of != other.of {
        return Some(format!("one is of {}, the other of {}", parts(part.of), parts(other.of)));
    }
    if let (Some(run), Some(other)) = (&part.run_id, &other.run_id)
        && run != other
    {
        return Some(format!("the CI system calls one {}, the other {}", say(run), say(other)));
    }
    if part.chosen == other.chosen {
        return None;
    }
    let only = |these: &Part, those: &Part| {
        let known: BTreeSet<&str> = those.chosen.iter().map(|it| it.slug.as_str()).collect();
        these.chosen.iter().find(|it| !known.contains(&*it.slug)).map(|it| say(&it.slug))
    };
    Some(match only(part, other).or_else(|| only(other, part)) {
        Some(slug) => format!("only one of them knows the scenario `{slug}`"),
        None => "they name the same scenarios otherwise".to_owned(),
    })
}

fn parts(of: u64) -> String {
    if of == 1 { "1 part".to_owned() } else { format!("{of} parts") }
}

/// The head of what is shown by itself, of whatever run it is a part.
pub fn alone(head: &Head) -> Head {
    let mut head = head.clone();
    if head.part.of > 1 {
        // Which of them are its own it does not say.
        head.part.chosen.clear();
    }
    (head.part.number, head.part.of) = (1, 1);
    head
}

/// A run that is put together, part by part.
#[derive(Debug)]
pub struct Join {
    run: RunReport,
    numbers: BTreeSet<u64>,
    browsers: Vec<String>,
    /// Place of each scenario in the order of the whole run.
    places: HashMap<String, usize>,
    /// The part that each one came with.
    owners: HashMap<String, u64>,
    scenarios: Vec<(usize, ScenarioReport)>,
    ended: usize,
    number: u64,
    place: usize,
}

impl Join {
    /// `heads` of parts of one run.
    pub fn new(version: &str, heads: &[&Head]) -> Self {
        let part = heads.first().map(|head| head.part.clone()).unwrap_or_default();
        let same_seed = heads.iter().all(|head| head.part.seed == part.seed);
        let part = Part { number: 1, of: part.of, seed: part.seed.filter(|_| same_seed), ..part };
        Self {
            places: places(&part),
            run: RunReport {
                version: version.to_owned(),
                started_unix_ms: heads.iter().map(|it| it.started_unix_ms).min().unwrap_or(0),
                duration_ms: 0.0,
                browser: String::new(),
                scenarios: Vec::new(),
                findings: Vec::new(),
                complete: true,
                part,
                pictures: BTreeMap::new(),
                shelf: Shelf::default(),
            },
            numbers: BTreeSet::new(),
            browsers: Vec::new(),
            owners: HashMap::new(),
            scenarios: Vec::new(),
            ended: 0,
            number: 1,
            place: 0,
        }
    }

    /// What follows is of this part.
    pub fn begin(&mut self, head: &Head) {
        self.number = head.part.number;
        self.numbers.insert(self.number);
        self.place = 0;
    }

    pub fn add(&mut self, line: Line) -> Result<(), Mistake> {
        match line {
            Line::Scenario { outline, .. } => return self.add_scenario(*outline),
            Line::Picture { .. } => {}
            Line::End(end) => self.end(end),
        }
        Ok(())
    }

    fn add_scenario(&mut self, scenario: ScenarioReport) -> Result<(), Mistake> {
        let slug = &scenario.slug;
        if let Some(owner) = self.owners.insert(slug.clone(), self.number) {
            return Err(Mistake {
                message: format!(
                    "the scenario `{}` is in part {owner} and in part {}",
                    one_line(slug, LONGEST),
                    self.number
                ),
                help: "each machine must cut the run alike: give them the same files".to_owned(),
            });
        }
        // What was played under a condition follows its scenario.
        self.place = self.places.get(slug).copied().unwrap_or(self.place);
        self.scenarios.push((self.place, scenario));
        Ok(())
    }

    fn end(&mut self, end: End) {
        self.ended += 1;
        self.run.complete &= end.complete;
        // Side by side, whatever the clocks of their machines say.
        self.run.duration_ms = self.run.duration_ms.max(end.duration_ms);
        if !end.browser.is_empty() && !self.browsers.contains(&end.browser) {
            self.browsers.push(end.browser);
        }
        for finding in end.findings {
            if !self.run.findings.contains(&finding) {
                self.run.findings.push(finding);
            }
        }
    }

    /// The run, of which scenarios are outlines. Where a part is missing, or has no end, it is incomplete and
    /// says so.
    pub fn finish(mut self) -> RunReport {
        let mut run = self.run;
        run.browser = self.browsers.join(", ");
        run.complete &= self.ended == self.numbers.len();
        let here = self.numbers.len() as u64;
        if here < run.part.of {
            let missing = (1..=run.part.of).filter(|number| !self.numbers.contains(number));
            let (names, verb) = listed(missing.map(|it| it.to_string()), run.part.of - here);
            let word = if run.part.of - here == 1 { "part" } else { "parts" };
            run.findings.push(finding(
                "part-missing",
                format!("{word} {names} of {} {verb} missing", run.part.of),
                "a machine that broke wrote no blob: play that part again, and merge all",
            ));
            run.complete = false;
        }
        let unknown: Vec<&Chosen> =
            run.part.chosen.iter().filter(|it| !self.owners.contains_key(&it.slug)).collect();
        if run.complete && !unknown.is_empty() {
            let (names, verb) =
                listed(unknown.iter().map(|it| format!("`{}`", it.name)), unknown.len() as u64);
            run.findings.push(finding(
                "part-gap",
                format!("{names} {verb} in no part"),
                "each machine must cut the run alike: give them the same files",
            ));
            run.complete = false;
        }
        for chosen in unknown {
            let place = self.places.get(&chosen.slug).copied().unwrap_or_default();
            self.scenarios.push((place, chosen.skipped()));
        }
        // Stable: under its conditions a scenario comes after itself.
        self.scenarios.sort_by_key(|(place, _)| *place);
        run.scenarios = self.scenarios.into_iter().map(|(_, scenario)| scenario).collect();
        run.part.of = 1;
        run
    }
}

/// Where each scenario stands in a run that plays all of them: as their files
/// do, or as `--shuffle` orders them.
fn places(part: &Part) -> HashMap<String, usize> {
    let mut slugs: Vec<&String> = part.chosen.iter().map(|it| &it.slug).collect();
    if let Some(seed) = part.seed {
        fastrand::Rng::with_seed(seed).shuffle(&mut slugs);
    }
    slugs.into_iter().enumerate().map(|(place, slug)| (slug.clone(), place)).collect()
}

/// The first names, how many more there are, and the verb that fits.
fn listed(names: impl Iterator<Item = String>, all: u64) -> (String, &'static str) {
    let mut text = names.take(MOST_NAMES).collect::<Vec<_>>().join(", ");
    if let Some(more) = all.checked_sub(MOST_NAMES as u64).filter(|more| *more > 0) {
        text.push_str(&format!(" and {more} more"));
    }
    (text, if all == 1 { "is" } else { "are" })
}

fn finding(code: &str, message: String, help: &str) -> Finding {
    Finding {
        code: code.to_owned(),
        severity: Severity::Error,
        message,
        details: Vec::new(),
        help: Some(help.to_owned()),
        vendor: None,
        suppressed: None,
        step: None,
        hits: Vec::new(),
        place: None,
        difference: None,
    }
}
