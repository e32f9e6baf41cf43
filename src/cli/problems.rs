//! Problems in what a person wrote, each with the text that it is about. It
//! finds no problems itself; [`Diagnostic`] draws them.

use std::sync::Arc;

use crate::diagnostic::Diagnostic;

/// One problem, with the text of the file that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub diagnostic: Box<Diagnostic>,
    pub source: Option<Arc<str>>,
}

impl From<Diagnostic> for Problem {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { diagnostic: Box::new(diagnostic), source: None }
    }
}

impl Problem {
    pub fn new(message: impl Into<String>) -> Self {
        Diagnostic::new(message).into()
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.diagnostic.help = Some(help.into());
        self
    }
}

/// Every problem in a file, together with the file's text.
pub fn in_source(diagnostics: Vec<Diagnostic>, source: &str) -> Vec<Problem> {
    let source: Arc<str> = Arc::from(source);
    diagnostics
        .into_iter()
        .map(|diagnostic| Problem {
            diagnostic: Box::new(diagnostic),
            source: Some(Arc::clone(&source)),
        })
        .collect()
}

/// The problem as lines that end with a line break.
pub fn draw(problem: &Problem, color: bool, columns: usize) -> String {
    problem.diagnostic.render(problem.source.as_deref(), color, columns)
}

/// The same for what a person should know although nothing is wrong.
pub fn draw_note(problem: &Problem, color: bool, columns: usize) -> String {
    problem.diagnostic.render_notice(problem.source.as_deref(), color, columns)
}

/// `a`, did you mean `b`: the known name nearest to a mistyped one.
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&name, &candidate.to_lowercase()), candidate))
        .filter(|(score, _)| *score >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// Help for a mistyped name: the nearest one, or the list of them.
pub fn name_help(name: &str, known: &[&str]) -> String {
    match did_you_mean(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("expected one of {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::span::Span;

    #[test]
    fn draws_place_excerpt_and_help() {
        let source = "[browser]\nlocal = \"de-DE\"\nargs = []\n";
        let diagnostic = Diagnostic::new("unknown key `local`")
            .in_file("pixelproof.toml")
            .at(Span::new(10, 15), "not a setting of [browser]")
            .help("did you mean `locale`?");
        let problem = Problem { diagnostic: Box::new(diagnostic), source: Some(source.into()) };
        insta::assert_snapshot!(draw(&problem, false, 100), @r#"
        error: unknown key `local`
         --> pixelproof.toml:2:1
          |
        1 | [browser]
        2 | local = "de-DE"
          | ^^^^^ not a setting of [browser]
          |
          = help: did you mean `locale`?
        "#);
    }

    #[test]
    fn draws_what_has_no_place() {
        insta::assert_snapshot!(draw(&Problem::new("no scenario found\u{1b}[2J").help("name a file"), false, 100), @r"
        error: no scenario found␛[2J
          help: name a file
        ");
        insta::assert_snapshot!(draw(&Diagnostic::new("is empty").in_file("a.yaml").into(), false, 100), @r"
        error: a.yaml: is empty
        ");
    }

    #[test]
    fn finds_the_nearest_name() {
        assert_eq!(did_you_mean("jsn", ["har", "json", "terminal"]), Some("json"));
        assert_eq!(did_you_mean("xml", ["har", "json"]), None);
        assert_eq!(name_help("xml", &["har", "json"]), "expected one of har, json");
    }
}
