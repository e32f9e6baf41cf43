//! What a request turned out to be, borrowed from the request where it can be.

use std::borrow::Cow;

use crate::model::hit::{self, HitKind, ParamClass};
use crate::vendors::frame::consent::{ConsentSignal, signals};
use crate::wire::json::Json;

/// What a vendor's decoder returns.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded<'a> {
    /// `None` when no vendor knows the request.
    pub vendor: Option<Cow<'a, str>>,
    pub kind: HitKind,
    pub accounts: Vec<Cow<'a, str>>,
    pub events: Vec<DecodedEvent<'a>>,
    pub problems: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct DecodedEvent<'a> {
    pub name: Cow<'a, str>,
    /// Empty: it is of every account of the request.
    pub account: Cow<'a, str>,
    pub params: Vec<Param<'a>>,
}

/// One decoded parameter; [`hit::Param`] says what the fields mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Param<'a> {
    pub wire: Cow<'a, str>,
    pub value: Json<'a>,
    pub canonical: Option<Cow<'a, str>>,
    pub class: ParamClass,
}

impl DecodedEvent<'_> {
    /// The text of the first parameter of that wire name.
    pub fn text(&self, wire: &str) -> Option<&str> {
        self.params.iter().find(|param| param.wire == wire)?.value.as_str()
    }

    /// What the event says about consent, in words.
    pub fn consent(&self) -> Vec<ConsentSignal> {
        signals(self.params.iter().filter_map(|param| Some((&*param.wire, param.value.as_str()?))))
    }
}

impl Decoded<'_> {
    /// No vendor's request.
    pub fn nothing(problems: Vec<String>) -> Self {
        Self {
            vendor: None,
            kind: HitKind::None,
            accounts: Vec::new(),
            events: Vec::new(),
            problems,
        }
    }

    /// The same with texts of its own.
    pub fn into_owned(self) -> Decoded<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        let event = |event: DecodedEvent<'_>| DecodedEvent {
            name: own(event.name),
            account: own(event.account),
            params: event.params.into_iter().map(Param::into_owned).collect(),
        };
        Decoded {
            vendor: self.vendor.map(own),
            kind: self.kind,
            accounts: self.accounts.into_iter().map(own).collect(),
            events: self.events.into_iter().map(event).collect(),
            problems: self.problems,
        }
    }
}

impl Param<'_> {
    fn into_owned(self) -> Param<'static> {
        Param {
            wire: Cow::Owned(self.wire.into_owned()),
            value: self.value.into_owned(),
            canonical: self.canonical.map(|name| Cow::Owned(name.into_owned())),
            class: self.class,
        }
    }
}

impl From<Param<'_>> for hit::Param {
    fn from(param: Param<'_>) -> Self {
        Self {
            wire: param.wire.into_owned(),
            value: param.value.into(),
            canonical: param.canonical.map(Cow::into_owned),
            class: param.class,
        }
    }
}
