//! Google Floodlight (Campaign Manager 360).
//!
//! Documentation: <https://support.google.com/campaignmanager/answer/7554821>.
//! Endpoints: `<id>.fls.doubleclick.net/activityi;…` in a frame,
//! `ad.doubleclick.net/activity;…` and `/ddm/activity/…` as images,
//! `ade.googlesyndication.com/ddm/activity/…`; `/ddm/fls/…` on
//! `adservice.google.*` and everything with `dc_pre` are redirects' next hops,
//! `register_conversion` is the browser's own attribution.
//! Parameters stand in the path, parted by semicolons.
//! Sample: `https://ad.doubleclick.net/activity;src=123;type=sales;cat=buy;qty=1;cost=9.5;ord=A1?`
//!
//! It does not read what advertisements report (`dc_oe`, clicks, impressions).

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{AnyTld, Is, Under};
use crate::vendors::frame::route::{Host, Look, Path, Route, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::address::Address;
use crate::wire::percent::{self, Plus};

pub static FLOODLIGHT: Vendor = Vendor {
    slug: "floodlight",
    name: "Google Floodlight",
    docs: "https://support.google.com/campaignmanager/answer/7554821",
    notes: "the account is `DC-` and the number in `src`, the event `type`, a slash and `cat`; \
            requests with `dc_pre`, `register_conversion` or `_dc_test` are copies",
    routes: ROUTES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    ..Vendor::BASE
};

const HOSTS: &[Host] =
    &[Is("ad.doubleclick.net"), Under("fls.doubleclick.net"), Is("ade.googlesyndication.com")];
const HOPS: &[Host] = &[AnyTld("adservice.google"), Under("fls.doubleclick.net")];

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Starts("/activity"), Endpoint::Duplicate, FRAME).when(is_copy),
    on(HOSTS, Path::Starts("/activity"), Endpoint::Event, FRAME).when(is_activity),
    on(HOSTS, Path::Starts("/ddm/activity"), Endpoint::Duplicate, FRAME).when(is_copy),
    on(HOSTS, Path::Starts("/ddm/activity"), Endpoint::Event, FRAME).when(is_activity),
    // What an advertisement reports of itself.
    on(HOSTS, Path::Starts("/activity"), Endpoint::Aux, Answer::Gif).when(is_word),
    on(HOSTS, Path::Starts("/ddm/activity"), Endpoint::Aux, Answer::Gif).when(is_word),
    on(HOPS, Path::Under("/ddm/fls"), Endpoint::Duplicate, Answer::Gif),
];

/// A frame wants a document.
const FRAME: Answer = Answer::By(|address| {
    let framed = address.path.contains("/activityi") && !address.path.contains("/activityj");
    if framed { Answer::Empty } else { Answer::Gif }
});

const PARAMS: &[ParamSpec] = &[
    param("_dc_test", "", Transport),
    param("auiddc", "", Identifier),
    param("cat", "", Identity),
    param("cost", "value", Business),
    param("dc_fmt", "", Transport),
    param("dc_lat", "", Business).of(ParamType::Flag),
    param("dc_pre", "", Transport),
    param("dc_rdid", "", Identifier),
    param("dma", "", Environment),
    param("em", "user_data", Identifier),
    param("epver", "", Environment),
    param("frm", "", Environment),
    param("gcd", "consent_defaults", Business),
    param("gclid", "", Identifier),
    param("gcs", "consent", Business),
    param("gdpr", "", Business).of(ParamType::Flag),
    param("gdpr_consent", "", Business),
    param("gpp", "", Business),
    param("gpp_sid", "", Business),
    param("gtm", "", Environment),
    param("match_id", "", Identifier),
    param("npa", "non_personalized_ads", Business),
    param("num", "", Transport),
    param("ord", "order_id", Business),
    param("pcor", "", Transport),
    param("prd", "items", Business).of(ParamType::Text),
    param("ps", "", Transport),
    param("pscdl", "", Environment),
    param("qty", "quantity", Business),
    param("rcb", "", Transport),
    param("register_conversion", "", Transport),
    param("src", "", Identity),
    param("tag_exp", "", Transport),
    param("tag_for_child_directed_treatment", "", Business).of(ParamType::Flag),
    param("tfua", "", Business).of(ParamType::Flag),
    param("tran", "order_id", Business),
    param("type", "", Identity),
    param("~oref", "url", Environment),
];

/// The page's custom variables; they are named after the family below.
const GROUPS: &[Group] = &[group("dc_", "", Transport, false)];

/// `/activity`, `/activityi`, `/activityj`, alone or with parameters.
fn is_word(look: &Look<'_>) -> bool {
    let path = look.address.path;
    let rest = path.strip_prefix("/ddm").unwrap_or(path);
    let rest = rest.strip_prefix("/activity").unwrap_or_default();
    let rest = rest.strip_prefix(['i', 'j']).unwrap_or(rest);
    rest.starts_with([';', '/'])
}

fn is_activity(look: &Look<'_>) -> bool {
    is_word(look) && pairs(look.address).any(|(name, value)| name == "src" && !value.is_empty())
}

fn is_copy(look: &Look<'_>) -> bool {
    // `_dc_test` mirrors the image in a frame.
    let told = |name: &str| matches!(name, "dc_pre" | "register_conversion" | "_dc_test");
    is_activity(look) && pairs(look.address).any(|(name, value)| told(name) && !value.is_empty())
}

/// The pairs of the path and the query, still encoded. The first may stand
/// after a slash; later slashes belong to values.
fn pairs<'a>(address: &Address<'a>) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
    let (head, tail) = address.path.split_once(';').unwrap_or((address.path, ""));
    let first = head.rsplit('/').next().into_iter();
    let rest = tail.split(';').chain(address.query.split(['&', ';']));
    first.chain(rest).filter_map(|part| part.split_once('='))
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let decoded = |text: &'a str| percent::decode(text, Plus::Literal);
    let pairs: Vec<(Cow<'a, str>, Cow<'a, str>)> =
        pairs(exchange.address).map(|(name, value)| (decoded(name), decoded(value))).collect();
    let find = |name: &str| {
        pairs.iter().find(|(known, value)| known == name && !value.is_empty()).map(|pair| &*pair.1)
    };
    let account = find("src").map(|src| format!("DC-{src}")).unwrap_or_default();
    draft.account(account.clone());
    if !exchange.is_event() {
        return;
    }
    let (group, tag) = (find("type"), find("cat"));
    let name = match (group, tag) {
        (Some(group), Some(tag)) => format!("{group}/{tag}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "activity".to_owned(),
    };
    // Without a transaction `ord` is a random number or a constant.
    let sale = find("cost").is_some() || find("qty").is_some();
    let params = pairs
        .into_iter()
        .map(|(wire, value)| {
            let mut param = draft.text_param(wire, value);
            if is_variable(&param.wire) {
                param.canonical = Some(param.wire.clone());
                param.class = Business;
            } else if param.wire == "ord" && !sale {
                param.canonical = None;
                param.class = Transport;
            }
            param
        })
        .collect();
    draft.event(name, account, params);
}

/// `u1`, `u2`, …: what the page says in variables of its own.
fn is_variable(wire: &str) -> bool {
    let number = wire.strip_prefix('u').unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}
