//! Microsoft Clarity.
//!
//! Documentation: <https://learn.microsoft.com/en-us/clarity/setup-and-installation/clarity-api>.
//! Endpoints: `/collect` on the hosts below `clarity.ms` (at times below a
//! region's folder) takes the session's recording, gzip without any header
//! that says so; `/c.gif` exchanges cookies, `report.clarity.ms` takes faults.
//! The upload's `e` is the envelope: version, sequence, start, duration,
//! project, …
//! Sample: `{"e":["0.8.70",1,0,129,"abcdefghij","1orbugb","1k3d5os",1,0,0,0,"https://…"],"a":[…]}`
//!
//! It does not read the recording, in which custom events and tags stand as
//! coded arrays.

use std::borrow::Cow;

use crate::vendors::frame::answer::Answer::{Gif, NoContent};
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Any, Ends, Starts};
use crate::vendors::frame::route::{Host, Library, Route, Where, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Vendor};
use crate::wire::percent;

pub static CLARITY: Vendor = Vendor {
    slug: "clarity",
    name: "Microsoft Clarity",
    docs: "https://learn.microsoft.com/en-us/clarity/setup-and-installation/clarity-api",
    notes: "uploads are session recordings, whose envelope names the project (the account); \
            custom events travel inside them and are not read; `c.gif` only exchanges cookies",
    routes: ROUTES,
    libraries: LIBRARIES,
    decode,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("clarity.ms")];

const ROUTES: &[Route] = &[
    on(&[Is("report.clarity.ms")], Any, Endpoint::Aux, NoContent),
    // `/g/collect` is another vendor's path.
    on(HOSTS, Ends("/collect"), Endpoint::Replay, NoContent)
        .when(|look| look.address.segments().next() != Some("g")),
    on(HOSTS, Path::Is("/c.gif"), Endpoint::Aux, Gif),
    on(&[Is("c.bing.com")], Path::Is("/c.gif"), Endpoint::Aux, Gif)
        .when(|look| look.query_starts("RedC", "c.clarity.ms")),
];

const LIBRARIES: &[Library] = &[
    library(&[Is("www.clarity.ms")], Starts("/tag/uet/")),
    Library {
        hosts: &[Is("www.clarity.ms")],
        path: Path::Under("/tag"),
        account: Where::Segment(1),
        version: Where::Nowhere,
    },
    Library {
        hosts: &[Is("www.clarity.ms")],
        path: Path::Under("/s"),
        account: Where::Nowhere,
        version: Where::Segment(1),
    },
    Library {
        hosts: &[Is("scripts.clarity.ms")],
        path: Any,
        account: Where::Nowhere,
        version: Where::Segment(0),
    },
];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    // The recording may be long and is of no use; the envelope comes first.
    let start = exchange.body.get(..1024).unwrap_or(exchange.body);
    if let Some(project) = project(&percent::text(start)) {
        draft.account(Cow::Owned(project));
    } else if exchange.route.kind == Endpoint::Replay {
        draft.problem("no project in the upload's envelope");
    }
}

/// The envelope's fifth item, or a fault report's `p`.
fn project(text: &str) -> Option<String> {
    let quoted = match text.split_once("\"e\":[") {
        Some((_, envelope)) => envelope.split(',').nth(4)?,
        None => text.split_once("\"p\":")?.1.split(',').next()?,
    };
    let project = quoted.trim().strip_prefix('"')?.split('"').next()?;
    (!project.is_empty()).then(|| project.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_envelope_names_the_project() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(project(r#"{"e":["0.8.1",1,0,9,"abc","u"],"a":[[1,2"#), some("abc"));
        assert_eq!(project(r#"{"v":"0.8.1","p":"abc","u":"x"}"#), some("abc"));
        for text in ["", r#"{"e":["0.8.1",1"#, r#"{"e":[1,2,3,4,5]}"#, r#"{"p":1}"#] {
            assert_eq!(project(text), None, "{text}");
        }
    }
}
