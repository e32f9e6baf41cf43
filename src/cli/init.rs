//! `pixelproof init`: a project to start from. It writes what is not there
//! yet and changes no file that is.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use url::Url;

use crate::cli::Context;
use crate::cli::exit::{CommandResult, Failure, PASSED};
use crate::cli::files;
use crate::cli::problems::Problem;

/// Write a project to start from: settings, a scenario, a workflow for CI
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixelproof init --base https://staging.example.com
  pixelproof init pixels --ci github")]
pub struct Arguments {
    /// Folder of the project
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,

    /// Address of the site
    #[arg(long, value_name = "URL", default_value = "https://www.example.com")]
    base: String,

    /// Write a workflow too: github, gitlab or script
    #[arg(long, value_name = "WHICH", hide_possible_values = true)]
    ci: Option<Ci>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Ci {
    Github,
    Gitlab,
    Script,
}

pub fn execute(arguments: &Arguments, context: &Context) -> CommandResult {
    let base = arguments.base.trim_end_matches('/');
    if !Url::parse(base).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
        return Err(Failure::input(
            Problem::new(format!("--base {base} is no address of a site"))
                .help("expected such as `https://staging.example.com`"),
        ));
    }
    let folder = context.environment.directory.join(&arguments.folder);
    for (path, text) in project(base, arguments.ci) {
        let place = folder.join(path);
        let done = if place.symlink_metadata().is_ok() {
            "kept "
        } else {
            files::write(&place, text.as_bytes()).map_err(Failure::input)?;
            make_executable(&place)?;
            "wrote"
        };
        let shown = arguments.folder.join(path);
        let shown = shown.strip_prefix(".").unwrap_or(&shown);
        context.screen.out(&format!("{done} {}\n", shown.display()));
    }
    context.screen.out(
        "\nnext: look at scenarios/home.yaml, then record its snapshot with `pixelproof run --update`\n",
    );
    Ok(PASSED)
}

/// Every file of the project: path and text.
fn project(base: &str, ci: Option<Ci>) -> Vec<(&'static str, String)> {
    // Quotes and backslashes of an address would end the text in TOML.
    let base = base.replace('\\', "/").replace('"', "%22");
    let mut files = vec![
        ("pixelproof.toml", include_str!("init/pixelproof.toml").replace("{{base}}", &base)),
        ("scenarios/home.yaml", include_str!("init/scenario.yaml").to_owned()),
        ("snapshots/.gitkeep", String::new()),
        (".gitignore", "*.snap.new\n.pixelproof/\nout/\n".to_owned()),
    ];
    files.extend(ci.map(|ci| match ci {
        Ci::Github => (".github/workflows/pixels.yml", include_str!("init/github.yml").to_owned()),
        Ci::Gitlab => (".gitlab-ci.yml", include_str!("init/gitlab.yml").to_owned()),
        Ci::Script => ("pixels.sh", include_str!("init/script.sh").to_owned()),
    }));
    files
}

#[cfg(unix)]
fn make_executable(path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt as _;
    if path.extension().is_some_and(|ending| ending == "sh") {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
            .map_err(anyhow::Error::new)?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> Result<(), Failure> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::cli::config;
    use crate::cli::environment::Environment;
    use crate::cli::screen::Screen;
    use crate::scenario::{Variables, parse};

    use super::*;

    fn init(folder: &Path, ci: Option<Ci>) {
        let environment = Environment { directory: folder.to_owned(), ..Environment::default() };
        let context = Context { environment, screen: Screen::captured(100) };
        let arguments = Arguments {
            folder: PathBuf::from("."),
            base: "https://shop.example/\"x".to_owned(),
            ci,
        };
        execute(&arguments, &context).unwrap();
    }

    #[test]
    fn what_it_writes_is_read() {
        let folder = tempfile::tempdir().unwrap();
        init(folder.path(), Some(Ci::Script));
        let environment =
            Environment { directory: folder.path().to_owned(), ..Environment::default() };
        let settings = config::load(None, &environment).unwrap();
        assert_eq!(settings.vars["base"], "https://shop.example/%22x");
        let text = std::fs::read(folder.path().join("scenarios/home.yaml")).unwrap();
        let mut variables = Variables::default();
        variables.command_line.insert("base".to_owned(), "https://shop.example".to_owned());
        assert_eq!(parse("home.yaml", &text, &variables).unwrap().steps.len(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = folder.path().join("pixels.sh").metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o111, 0o111);
        }
    }

    #[test]
    fn nothing_that_is_there_is_changed() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("pixelproof.toml"), "[run]\n").unwrap();
        std::fs::write(folder.path().join(".gitlab-ci.yml"), "own").unwrap();
        init(folder.path(), Some(Ci::Gitlab));
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(
            (read("pixelproof.toml").as_str(), read(".gitlab-ci.yml").as_str()),
            ("[run]\n", "own")
        );
        assert!(read(".gitignore").contains(".pixelproof/"));
    }
}
