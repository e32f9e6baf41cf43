//! The files that the shop's hosts serve as they are, by path. Pages are put
//! together in `pages`; the stand-in libraries get their switches in `answer`.

/// Content type and text.
pub(crate) type Asset = (&'static str, &'static str);

const CSS: &str = "text/css; charset=utf-8";
pub(crate) const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// What every host serves.
pub(crate) fn asset(path: &str) -> Option<Asset> {
    Some(match path {
        "/assets/style.css" => (CSS, include_str!("site/style.css")),
        "/assets/icon.svg" | "/favicon.ico" => (SVG, include_str!("site/icon.svg")),
        "/assets/site.js" => (JAVASCRIPT, include_str!("site/site.js")),
        "/assets/track.js" => (JAVASCRIPT, include_str!("site/track.js")),
        "/assets/size-picker.js" => (JAVASCRIPT, include_str!("site/size-picker.js")),
        "/assets/newsletter.js" => (JAVASCRIPT, include_str!("site/newsletter.js")),
        "/assets/lab.js" => (JAVASCRIPT, include_str!("site/lab.js")),
        "/assets/lab-worker.js" => (JAVASCRIPT, include_str!("site/lab-worker.js")),
        "/lab-service-worker.js" => (JAVASCRIPT, include_str!("site/lab-service-worker.js")),
        _ => return None,
    })
}

/// The stand-ins, at the paths of the originals.
pub(crate) fn library(path: &str) -> Option<&'static str> {
    Some(match path {
        "/gtag/js" => include_str!("site/lib-gtag.js"),
        "/en_US/fbevents.js" => include_str!("site/lib-fbevents.js"),
        "/i18n/pixel/events.js" => include_str!("site/lib-tiktok.js"),
        _ => return None,
    })
}
