//! `setCookies`: sets cookies, for the current page where neither `url` nor
//! `domain` says otherwise.

use serde_json::{Map, Value};

use crate::steps::arguments::{Argument, ArgumentKind, Fields, optional, required};
use crate::steps::tab::{Cookie, StepResult, Tab};
use crate::steps::{StepKind, StepSpec, object};

const SAME_SITE: &[&str] = &["Strict", "Lax", "None"];

const COOKIE: &[Argument] = &[
    required("name", ArgumentKind::Text, "its name"),
    required("value", ArgumentKind::Text, "its value"),
    optional("url", ArgumentKind::Text, "the page that it is for; the current one if left out"),
    optional("domain", ArgumentKind::Text, "the domain that it is for"),
    optional("path", ArgumentKind::Text, "the path that it is for"),
    optional("secure", ArgumentKind::Boolean, "sent over HTTPS only"),
    optional("httpOnly", ArgumentKind::Boolean, "hidden from scripts"),
    optional("sameSite", ArgumentKind::OneOf(SAME_SITE), "when other sites' pages send it"),
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetCookies {
    pub cookies: Vec<Cookie>,
}

impl StepKind for SetCookies {
    const SPEC: StepSpec = StepSpec {
        name: "setCookies",
        doc: "Sets cookies.",
        shorthand: Some("cookies"),
        arguments: &[required("cookies", ArgumentKind::Records(COOKIE), "the cookies")],
        recorder: false,
        value: Some("cookies"),
    };

    fn read(fields: &mut Fields) -> Option<Self> {
        fields.require("cookies")?;
        let cookies = fields.records("cookies", COOKIE, |cookie| {
            let name = cookie.required_text("name");
            let value = cookie.required_text("value");
            Some(Cookie {
                url: cookie.text("url"),
                domain: cookie.text("domain"),
                path: cookie.text("path"),
                secure: cookie.boolean("secure"),
                http_only: cookie.boolean("httpOnly"),
                same_site: cookie.one_of("sameSite", SAME_SITE).map(str::to_owned),
                name: name?,
                value: value?,
            })
        })?;
        Some(Self { cookies })
    }

    fn write(&self) -> Map<String, Value> {
        let cookies: Vec<Value> = self.cookies.iter().map(write_cookie).collect();
        object([("cookies", Some(cookies.into()))])
    }

    async fn perform(&self, tab: &mut impl Tab) -> StepResult {
        tab.set_cookies(&self.cookies).await
    }

    fn summary(&self) -> String {
        let names: Vec<&str> = self.cookies.iter().map(|cookie| cookie.name.as_str()).collect();
        format!("set cookies {}", names.join(", "))
    }
}

fn write_cookie(cookie: &Cookie) -> Value {
    let text = |value: &Option<String>| value.clone().map(Value::from);
    Value::Object(object([
        ("name", Some(cookie.name.clone().into())),
        ("value", Some(cookie.value.clone().into())),
        ("url", text(&cookie.url)),
        ("domain", text(&cookie.domain)),
        ("path", text(&cookie.path)),
        ("secure", cookie.secure.map(Value::from)),
        ("httpOnly", cookie.http_only.map(Value::from)),
        ("sameSite", text(&cookie.same_site)),
    ]))
}
