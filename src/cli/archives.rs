//! HTTP archives as files: what one holds, and which belongs to which scenario
//! where they are judged instead of plays. What they mean the engine knows.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::cli::exit::Failure;
use crate::cli::joints::{Archive, Scenario};
use crate::cli::problems::Problem;
use crate::wire::har;

/// By slug: of a file, that of the only scenario; of a folder, `<slug>.har`
/// of each. Every problem at once.
pub(crate) fn read(
    place: Option<&Path>,
    scenarios: &[Scenario],
) -> Result<BTreeMap<String, Archive>, Failure> {
    let Some(place) = place else { return Ok(BTreeMap::new()) };
    let files: Vec<(&Scenario, PathBuf)> = match scenarios {
        scenarios if place.is_dir() => {
            let file = |scenario: &Scenario| place.join(format!("{}.har", scenario.slug));
            scenarios.iter().map(|scenario| (scenario, file(scenario))).collect()
        }
        [scenario] => vec![(scenario, place.to_owned())],
        _ => {
            let told = format!(
                "--from-har {} is one archive, but {} scenarios would be judged by it",
                place.display(),
                scenarios.len()
            );
            return Err(Failure::input(Problem::new(told).help(
                "name the scenario that was recorded, or a folder with `<scenario>.har` for each",
            )));
        }
    };
    let mut archives = BTreeMap::new();
    let mut problems = Vec::new();
    for (scenario, file) in files {
        match read_one(&file) {
            Ok(archive) => {
                archives.insert(scenario.slug.clone(), archive);
            }
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(archives) } else { Err(Failure::Input(problems)) }
}

/// What that file holds.
pub(crate) fn read_one(file: &Path) -> Result<Archive, Problem> {
    let shown = file.display();
    let bytes = std::fs::read(file)
        .map_err(|error| Problem::new(format!("cannot read {shown}: {error}")))?;
    har::read(&bytes).map_err(|error| {
        Problem::new(format!("{shown} {error}"))
            .help("developer tools write one with \"Save all as HAR with content\"")
    })
}
