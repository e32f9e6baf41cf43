//! How long each scenario took, for `--shard-by`. Small and sorted, so that it
//! can be kept in the repository, which gives every part of a run the same.

use std::collections::BTreeMap;

use serde_json::json;

use crate::model::run::{RunReport, ScenarioReport};
use crate::report::Reporter;

pub static REPORTER: Reporter = Reporter {
    name: "durations",
    extension: "json",
    docs: "how long each scenario took, which `--shard-by` reads",
    write: |run, _, out| out.write_all(durations(run).as_bytes()),
};

fn durations(run: &RunReport) -> String {
    // Under conditions a scenario is played again; all of its plays, which
    // stand together, are played by the part that it belongs to.
    let mut slugs: BTreeMap<&str, &str> = BTreeMap::new();
    let mut seconds: BTreeMap<&str, f64> = BTreeMap::new();
    for scenario in run.scenarios.iter().filter(|scenario| scenario.attempts > 0) {
        let slug = *slugs.entry(&scenario.file).or_insert(&scenario.slug);
        *seconds.entry(slug).or_default() += taken(scenario);
    }
    for value in seconds.values_mut() {
        *value = (value.max(100.0) / 100.0).round() / 10.0;
    }
    format!("{:#}\n", json!({ "schema": 1, "seconds": seconds }))
}

/// Milliseconds of all attempts.
fn taken(scenario: &ScenarioReport) -> f64 {
    scenario.trace.duration_ms + scenario.others.iter().map(taken).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn plays_of_one_file_are_one_scenario() {
        let mut run = sample::run();
        let mut under = run.scenarios[1].clone();
        under.slug.push_str("-slow-3g");
        under.trace.duration_ms = 1_234.0;
        run.scenarios[1].trace.duration_ms = 2_000.0;
        run.scenarios[1].attempts = 1;
        run.scenarios[1].others = vec![ScenarioReport { others: Vec::new(), ..under.clone() }];
        under.attempts = 1;
        under.others.clear();
        run.scenarios = vec![run.scenarios[1].clone(), under];
        let text = durations(&run);
        let slug = &run.scenarios[0].slug;
        assert_eq!(
            text,
            format!("{{\n  \"schema\": 1,\n  \"seconds\": {{\n    \"{slug}\": 4.5\n  }}\n}}\n")
        );
        run.scenarios.iter_mut().for_each(|scenario| scenario.attempts = 0);
        assert!(durations(&run).contains("\"seconds\": {}"));
    }
}
