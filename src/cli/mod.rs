//! The command line: reads arguments, configuration and environment, calls
//! the engine, prints. The only layer that prints, exits or reads the
//! environment. One file per subcommand; this file holds their table.

pub mod archives;
pub mod config;
pub mod discover;
pub mod environment;
pub mod exit;
pub mod files;
pub mod joints;
pub mod problems;
pub mod progress;
pub mod screen;
pub mod shelf;
pub mod signals;
pub mod snapshots;
pub mod state;

mod check;
mod completions;
pub mod decode;
mod demo;
pub mod explain;
mod init;
mod install_browser;
mod man;
mod merge;
mod report;
mod review;
mod run;
mod runs;
mod schema;
mod shop;
pub mod vendors;
mod why;

use clap::{CommandFactory, Parser, Subcommand};

use crate::cli::environment::Environment;
use crate::cli::exit::{BROKEN, CommandResult, EXIT_CODES, Failure};
use crate::cli::screen::{ColorChoice, Screen};

/// Proves that a site's marketing pixels still fire.
#[derive(Debug, Parser)]
#[command(name = "pixelproof", version, arg_required_else_help = true, after_help = EXIT_CODES)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// When to use colours
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true,
        display_order = 900,
        help = "When to use colours: auto, always, never"
    )]
    color: ColorChoice,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(Box<run::Arguments>),
    Merge(merge::Arguments),
    Report(report::Arguments),
    Why(Box<why::Arguments>),
    Init(init::Arguments),
    Check(check::Arguments),
    Schema(schema::Arguments),
    Vendors(vendors::Arguments),
    Shop(shop::Arguments),
    Demo(demo::Arguments),
    InstallBrowser(install_browser::Arguments),
    Review(review::Arguments),
    Decode(decode::Arguments),
    Explain(explain::Arguments),
    Config(config::show::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

/// What every subcommand gets.
pub struct Context {
    pub environment: Environment,
    pub screen: Screen,
}

/// Runs the process: reads arguments and environment, returns the exit code.
pub fn main() -> u8 {
    let environment = Environment::capture();
    install_panic_hook();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are answers, not errors.
            let _ = error.print();
            return if error.use_stderr() { exit::BAD_INPUT } else { exit::PASSED };
        }
    };
    let screen = Screen::new(arguments.color, &environment);
    let context = Context { environment, screen };
    // A panic has already been told by the hook.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        conclude(&context.screen, dispatch(arguments.command, &context))
    }))
    .unwrap_or(BROKEN)
}

fn dispatch(command: Command, context: &Context) -> CommandResult {
    match command {
        Command::Run(arguments) => run::execute(&arguments, context),
        Command::Report(arguments) => report::execute(&arguments, context),
        Command::Merge(arguments) => merge::execute(&arguments, context),
        Command::Why(arguments) => why::execute(&arguments, context),
        Command::Init(arguments) => init::execute(&arguments, context),
        Command::Check(arguments) => check::execute(&arguments, context),
        Command::Schema(arguments) => schema::execute(&arguments, context),
        Command::Vendors(arguments) => vendors::execute(&arguments, context),
        Command::Shop(arguments) => shop::execute(&arguments, context),
        Command::Demo(arguments) => demo::execute(&arguments, context),
        Command::InstallBrowser(arguments) => install_browser::execute(&arguments, context),
        Command::Review(arguments) => review::execute(&arguments, context),
        Command::Decode(arguments) => decode::execute(&arguments, context),
        Command::Explain(arguments) => explain::execute(&arguments, context),
        Command::Config(arguments) => config::show::execute(&arguments, context),
        Command::Completions(arguments) => completions::execute(&arguments, context),
        Command::Man(arguments) => man::execute(&arguments, context),
    }
}

/// Tells how a command ended badly; the exit code.
fn conclude(screen: &Screen, result: CommandResult) -> u8 {
    let failure = match result {
        Ok(code) => return code,
        Err(failure) => failure,
    };
    match &failure {
        Failure::Input(problems) => {
            let drawn: Vec<String> = problems
                .iter()
                .map(|problem| problems::draw(problem, screen.err_color, screen.columns))
                .collect();
            screen.err(&drawn.join("\n"));
        }
        Failure::Broken { error, help } => {
            let problem = problems::Problem::new(format!("{error:#}"));
            let problem = match help {
                Some(help) => problem.help(help),
                None => problem,
            };
            screen.err(&problems::draw(&problem, screen.err_color, screen.columns));
        }
    }
    failure.exit_code()
}

/// One clear line instead of a backtrace; RUST_BACKTRACE still shows it.
fn install_panic_hook() {
    let previous = std::panic::take_hook();
    let wants_backtrace = std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0");
    std::panic::set_hook(Box::new(move |info| {
        if wants_backtrace {
            previous(info);
            return;
        }
        let payload = info.payload();
        let message = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("unknown reason");
        let place = info.location().map(|place| format!("{}:{}", place.file(), place.line()));
        let line = format!(
            "error: pixelproof has a bug and stopped: {} ({})\n",
            crate::report::clean::one_line(message, 300),
            place.unwrap_or_default(),
        );
        let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
    }));
}

/// The whole command line, for completions and for tests.
pub fn command() -> clap::Command {
    Arguments::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_consistent() {
        command().debug_assert();
    }

    #[test]
    fn every_subcommand_has_help_with_examples() {
        for subcommand in command().get_subcommands() {
            let name = subcommand.get_name();
            assert!(subcommand.get_about().is_some(), "{name} has no description");
            let after = subcommand.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(after.contains("pixelproof "), "{name} has no example");
        }
    }
}
