//! `pixelproof vendors`: the vendors whose hits are decoded, the user's own
//! included; one of them explained; or all as a page of reference.

use std::path::PathBuf;

use clap::Args;

use crate::cli::Context;
use crate::cli::config;
use crate::cli::exit::{CommandResult, Failure, PASSED};
use crate::cli::joints::{self, VendorLine};
use crate::cli::problems::{Problem, name_help};
use crate::report::ReportOptions;
use crate::report::clean::one_line;
use crate::report::painter::{BOLD, DIM, NOTE, PLAIN, Painter, columns};
use crate::vendors::frame::describe::{endpoints, libraries};
use crate::vendors::{VENDORS, Vendor};

/// List the vendors whose hits are decoded, or explain one
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixelproof vendors                    all of them
  pixelproof vendors google             whose slug, name or host has `google` in it
  pixelproof vendors --explain meta     endpoints, parameters, what an event is

The first column is the slug that scenarios, snapshots and pixelproof.toml use.")]
pub struct Arguments {
    /// Only vendors whose slug, name or host has this text
    #[arg(value_name = "TEXT")]
    search: Option<String>,

    /// Tell everything that is known of one vendor
    #[arg(long, value_name = "VENDOR", conflicts_with = "search")]
    explain: Option<String>,

    /// Write the reference of all vendors as Markdown
    #[arg(long, conflicts_with_all = ["search", "explain"])]
    markdown: bool,

    /// Read this file instead of looking for pixelproof.toml
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

pub fn execute(arguments: &Arguments, context: &Context) -> CommandResult {
    if arguments.markdown {
        context.screen.out(&markdown());
        return Ok(PASSED);
    }
    let config = config::load(arguments.config.as_deref(), &context.environment)?;
    let vendors = joints::vendors(&config)?;
    if let Some(slug) = &arguments.explain {
        let Some(vendor) = VENDORS.iter().find(|vendor| vendor.slug == slug) else {
            return Err(unknown(slug, &vendors));
        };
        let options = ReportOptions {
            width: context.screen.columns,
            color: context.screen.out_color,
            ..ReportOptions::default()
        };
        context.screen.out(&explain(vendor, options));
        return Ok(PASSED);
    }
    let wanted = arguments.search.as_deref().unwrap_or_default().to_lowercase();
    let found: Vec<&VendorLine> = vendors.iter().filter(|line| is_about(line, &wanted)).collect();
    if found.is_empty() {
        return Err(unknown(&wanted, &vendors));
    }
    let widest = |text: fn(&VendorLine) -> &str| {
        found.iter().map(|line| columns(text(line))).max().unwrap_or(0).min(40)
    };
    let (slugs, names) = (widest(|line| &line.slug), widest(|line| &line.name));
    for vendor in found {
        let line = format!("{:slugs$}  {:names$}  {}", vendor.slug, vendor.name, vendor.docs);
        context.screen.out(&format!("{}\n", one_line(&line, 300).trim_end()));
    }
    Ok(PASSED)
}

fn unknown(text: &str, vendors: &[VendorLine]) -> Failure {
    let known: Vec<&str> = vendors.iter().map(|vendor| vendor.slug.as_str()).collect();
    let problem = Problem::new(format!("there is no vendor `{}`", one_line(text, 80)));
    Failure::input(problem.help(name_help(text, &known)))
}

fn is_about(line: &VendorLine, wanted: &str) -> bool {
    let hosts = || {
        let vendor = VENDORS.iter().find(|vendor| vendor.slug == line.slug);
        vendor.is_some_and(|vendor| {
            endpoints(vendor).iter().any(|endpoint| endpoint.hosts.contains(wanted))
        })
    };
    line.slug.contains(wanted) || line.name.to_lowercase().contains(wanted) || hosts()
}

fn explain(vendor: &Vendor, options: ReportOptions) -> String {
    let mut painter = Painter::new(options);
    painter.line(&[(BOLD, vendor.name), (PLAIN, "  "), (DIM, vendor.slug)], "");
    painter.wrapped(0, 0, (PLAIN, ""), (NOTE, vendor.docs));
    painter.blank();
    painter.wrapped(0, 0, (PLAIN, ""), (PLAIN, vendor.notes));
    if vendor.batches {
        painter.wrapped(
            0,
            0,
            (PLAIN, ""),
            (PLAIN, "events may wait in the library and leave together"),
        );
    }
    let heading = |painter: &mut Painter, text| {
        painter.blank();
        painter.line(&[(BOLD, text)], "");
    };
    heading(&mut painter, "Endpoints");
    for endpoint in endpoints(vendor) {
        let kind = format!("{:10}", endpoint.kind);
        let place = format!("{}   {}", endpoint.path, endpoint.hosts);
        painter.wrapped(2, 12, (NOTE, &kind), (PLAIN, &place));
    }
    if !vendor.libraries.is_empty() {
        heading(&mut painter, "Libraries, which always load");
        for library in libraries(vendor) {
            painter.wrapped(2, 2, (PLAIN, ""), (PLAIN, &library));
        }
    }
    heading(&mut painter, "Parameters");
    let widest = vendor.params.iter().map(|spec| columns(spec.wire)).max().unwrap_or(0);
    for spec in vendor.params {
        let wire = format!("{:widest$}  ", spec.wire);
        let about =
            format!("{:12} {:9} {}", class(spec.class), spec.kind.as_text(), spec.canonical);
        painter.line(&[(PLAIN, "  "), (NOTE, &wire), (PLAIN, about.trim_end())], "");
    }
    for group in vendor.groups {
        let wire = format!("{:widest$}  ", format!("{}…{}", group.prefix, group.suffix));
        let named = if group.named { "the name between is the common one" } else { "" };
        let about = format!("{:12} {named}", class(group.class));
        painter.line(&[(PLAIN, "  "), (NOTE, &wire), (PLAIN, about.trim_end())], "");
    }
    if !vendor.automatic.is_empty() {
        heading(&mut painter, "Events that the library sends by itself");
        painter.wrapped(2, 0, (PLAIN, ""), (PLAIN, &vendor.automatic.join(", ")));
    }
    painter.finish()
}

fn class(class: crate::model::hit::ParamClass) -> String {
    format!("{class:?}").to_lowercase()
}

/// The page of reference, `docs/vendors.md`.
pub fn markdown() -> String {
    let mut text = String::from(
        "# Vendors\n\nWritten by `pixelproof vendors --markdown`; one vendor on the screen: \
         `pixelproof vendors --explain SLUG`.\nWhat a kind means: [decode.md](decode.md).\n\n\
         | slug | vendor | events |\n| --- | --- | --- |\n",
    );
    let cell = |text: &str| text.replace('|', "\\|");
    for vendor in VENDORS {
        text.push_str(&format!(
            "| [`{slug}`](#{slug}) | {} | {} |\n",
            cell(vendor.name),
            cell(vendor.notes),
            slug = vendor.slug
        ));
    }
    for vendor in VENDORS {
        text.push_str(&format!(
            "\n## {}\n\n{}: <{}>\n\n| kind | path | hosts |\n| --- | --- | --- |\n",
            vendor.slug, vendor.name, vendor.docs
        ));
        for endpoint in endpoints(vendor) {
            let hosts = cell(&endpoint.hosts);
            text.push_str(&format!("| {} | `{}` | {hosts} |\n", endpoint.kind, endpoint.path));
        }
        for library in libraries(vendor) {
            text.push_str(&format!("| library | {} | |\n", cell(&library)));
        }
        let common: Vec<String> = vendor
            .params
            .iter()
            .filter(|spec| !spec.canonical.is_empty())
            .map(|spec| format!("`{}` → `{}`", cell(spec.wire), spec.canonical))
            .collect();
        if !common.is_empty() {
            text.push_str(&format!("\nCommon names: {}.\n", common.join(", ")));
        }
    }
    text
}
