//! Yandex Metrica.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static YANDEX_METRICA: Vendor = Vendor {
    slug: "yandex_metrica",
    name: "Yandex Metrica",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(&[Host::AnyTld("mc.yandex")], Path::Under("/watch"), Endpoint::Event, Answer::Gif),
    on(&[Host::AnyTld("mc.yandex")], Path::Under("/webvisor"), Endpoint::Event, Answer::Gif),
    on(&[Host::AnyTld("mc.yandex")], Path::Under("/clmap"), Endpoint::Event, Answer::Gif),
    on(&[Host::AnyTld("mc.yandex")], Path::Under("/pixel"), Endpoint::Event, Answer::Gif),
];
