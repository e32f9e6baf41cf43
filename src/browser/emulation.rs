//! What a target is told to be before it runs: user agent with client hints,
//! screen, locale, time zone, place, headers.

use serde_json::{Value, json};

use crate::model::browser_options::BrowserOptions;
use crate::model::request::TargetKind;

/// One command for a new session.
pub(crate) type Setup = (&'static str, Value);

/// Everything that depends on the options and on the browser's version, made
/// once a run.
#[derive(Debug, Clone)]
pub(crate) struct Emulation {
    user_agent: Value,
    /// Makes a worker tell the user agent and platform, which it takes from
    /// the browser process.
    worker: String,
    /// What the browser process must be told for what it fetches itself.
    headers: Vec<(String, String)>,
    page: Vec<Setup>,
    everywhere: Vec<Setup>,
}

/// What frames that live in another process than their page must be told as
/// well. The screen is the page's business.
const FRAMES_TOO: [&str; 3] = [
    "Emulation.setLocaleOverride",
    "Emulation.setTimezoneOverride",
    "Emulation.setTouchEmulationEnabled",
];

impl Emulation {
    /// `product` is `HeadlessChrome/156.0.1.2` or `Chrome/…`; `native` is the
    /// browser's own user agent.
    pub(crate) fn new(options: &BrowserOptions, product: &str, native: &str) -> Self {
        let full_version = product.split('/').nth(1).unwrap_or("0");
        let screen = &options.screen;
        let agent = agent(options, full_version, native);
        let platform = screen.platform.clone().unwrap_or_else(|| platform_of(&agent).to_owned());
        let mut page = vec![(
            "Emulation.setDeviceMetricsOverride",
            json!({
                "width": screen.width, "height": screen.height,
                "deviceScaleFactor": screen.device_scale_factor, "mobile": screen.mobile,
                "screenWidth": screen.width, "screenHeight": screen.height,
                "screenOrientation": if screen.width > screen.height {
                    json!({"type": "landscapePrimary", "angle": 90})
                } else {
                    json!({"type": "portraitPrimary", "angle": 0})
                },
            }),
        )];
        if screen.touch {
            page.push((
                "Emulation.setTouchEmulationEnabled",
                json!({"enabled": true, "maxTouchPoints": 5}),
            ));
        }
        // A page in a background tab must behave like the one in front.
        page.push(("Emulation.setFocusEmulationEnabled", json!({"enabled": true})));
        if let Some(locale) = &options.locale {
            page.push(("Emulation.setLocaleOverride", json!({"locale": locale})));
        }
        if let Some(timezone) = &options.timezone {
            page.push(("Emulation.setTimezoneOverride", json!({"timezoneId": timezone})));
        }
        if let Some(place) = &options.geolocation {
            page.push((
                "Emulation.setGeolocationOverride",
                json!({
                    "latitude": place.latitude, "longitude": place.longitude,
                    "accuracy": place.accuracy,
                }),
            ));
        }
        let mut everywhere = Vec::new();
        if !options.headers.is_empty() {
            let map: serde_json::Map<String, Value> = options
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), Value::String(value.clone())))
                .collect();
            everywhere.push(("Network.setExtraHTTPHeaders", json!({"headers": map})));
        }
        if options.accept_invalid_certificates {
            // A browser that was launched has been told already; one that is
            // only visited is told for these targets alone.
            everywhere.push(("Security.setIgnoreCertificateErrors", json!({"ignore": true})));
        }
        let mut headers = options.headers.clone();
        headers.push(("User-Agent".to_owned(), agent.clone()));
        if let Some(locale) = &options.locale {
            headers.push(("Accept-Language".to_owned(), header_of(&accepted(locale))));
        }
        Self {
            headers,
            user_agent: user_agent(options, &agent, &platform, full_version),
            worker: worker_script(&agent, navigator_platform(&agent, &platform)),
            page,
            everywhere,
        }
    }

    pub(crate) fn commands(&self, kind: TargetKind) -> Vec<Setup> {
        let mut commands = vec![("Emulation.setUserAgentOverride", self.user_agent.clone())];
        commands.extend(self.everywhere.iter().cloned());
        match kind {
            TargetKind::Page => commands.extend(self.page.iter().cloned()),
            TargetKind::Iframe => {
                let page = self.page.iter();
                commands.extend(page.filter(|(method, _)| FRAMES_TOO.contains(method)).cloned());
            }
            TargetKind::Worker | TargetKind::SharedWorker | TargetKind::ServiceWorker => {
                commands.push(("Runtime.evaluate", json!({"expression": self.worker})));
            }
            TargetKind::Other => {}
        }
        commands
    }

    /// Headers for a request that no target sends: the script of a service
    /// worker is fetched by the browser itself. Takes and returns the Fetch
    /// domain's forms, an object and a list.
    pub(crate) fn own_fetch(&self, headers: &Value) -> Value {
        let known = headers.as_object().into_iter().flatten();
        let kept = known.filter(|(name, _)| {
            !self.headers.iter().any(|(ours, _)| ours.eq_ignore_ascii_case(name))
        });
        let mut list: Vec<Value> =
            kept.map(|(name, value)| json!({"name": name, "value": value})).collect();
        list.extend(self.headers.iter().map(|(name, value)| json!({"name": name, "value": value})));
        list.into()
    }
}

/// What `navigator.userAgent` and the header say.
fn agent(options: &BrowserOptions, full_version: &str, native: &str) -> String {
    let major = full_version.split('.').next().unwrap_or("0");
    match &options.user_agent {
        Some(agent) => agent.replace("{chrome}", &format!("{major}.0.0.0")),
        // Some trackers stay silent for a user agent that says Headless.
        None => native.replace("HeadlessChrome", "Chrome"),
    }
}

/// `Sec-CH-UA-Platform` of a browser with that user agent.
fn platform_of(agent: &str) -> &'static str {
    const WORDS: [(&str, &str); 6] = [
        ("Android", "Android"),
        ("iPhone", "iOS"),
        ("iPad", "iOS"),
        ("Windows", "Windows"),
        ("Macintosh", "macOS"),
        ("CrOS", "Chrome OS"),
    ];
    WORDS.iter().find(|(word, _)| agent.contains(word)).map_or("Linux", |(_, platform)| platform)
}

/// `navigator.platform`, which browsers froze long ago.
fn navigator_platform(agent: &str, platform: &str) -> &'static str {
    match platform {
        "Android" => "Linux armv81",
        "iOS" if agent.contains("iPad") => "iPad",
        "iOS" => "iPhone",
        "Windows" => "Win32",
        "macOS" => "MacIntel",
        _ => "Linux x86_64",
    }
}

/// Shared and service workers read their navigator from the browser process,
/// which no command of the protocol reaches. Runs before their own script.
fn worker_script(agent: &str, platform: &str) -> String {
    let version = agent.strip_prefix("Mozilla/").unwrap_or(agent);
    let mut values = json!({"userAgent": agent, "appVersion": version, "platform": platform});
    if !knows_hints(agent) {
        values["userAgentData"] = Value::Null;
    }
    format!(
        "for (const [name, value] of Object.entries({values})) \
         Object.defineProperty(WorkerNavigator.prototype, name, \
         {{get() {{ return value ?? undefined; }}, enumerable: true, configurable: true}});"
    )
}

/// Only browsers made of Chromium do.
fn knows_hints(agent: &str) -> bool {
    agent.contains("Chrome/")
}

fn user_agent(options: &BrowserOptions, agent: &str, platform: &str, full_version: &str) -> Value {
    let major = full_version.split('.').next().unwrap_or("0");
    let brand = |name: &str, version: &str| json!({"brand": name, "version": version});
    let mut parameters = json!({
        "userAgent": agent, "platform": navigator_platform(agent, platform),
    });
    // Without this, Chrome sends no client hints.
    if knows_hints(agent) {
        parameters["userAgentMetadata"] = json!({
            "brands": [
                brand("Chromium", major), brand("Google Chrome", major), brand("Not:A-Brand", "8"),
            ],
            "fullVersionList": [
                brand("Chromium", full_version), brand("Google Chrome", full_version),
                brand("Not:A-Brand", "8.0.0.0"),
            ],
            "fullVersion": full_version,
            "platform": platform,
            "platformVersion": "",
            "architecture": if options.screen.mobile { "" } else { "x86" },
            "bitness": if options.screen.mobile { "" } else { "64" },
            "model": options.screen.model,
            "mobile": options.screen.mobile,
            "wow64": false,
        });
    }
    if let Some(locale) = &options.locale {
        parameters["acceptLanguage"] = json!(accepted(locale));
    }
    parameters
}

/// The header that Chrome makes of a list of at most two: `de-DE,de;q=0.9`.
fn header_of(languages: &str) -> String {
    match languages.split_once(',') {
        Some((first, second)) => format!("{first},{second};q=0.9"),
        None => languages.to_owned(),
    }
}

/// The list of languages that a browser with that language starts with:
/// `de-DE,de`.
fn accepted(locale: &str) -> String {
    match locale.split_once('-') {
        Some((language, _)) => format!("{locale},{language}"),
        None => locale.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Emulation, accepted};
    use crate::model::browser_options::BrowserOptions;
    use crate::model::request::TargetKind;

    #[test]
    fn the_user_agent_is_an_ordinary_chromes() {
        let emulation = Emulation::new(
            &BrowserOptions::default(),
            "HeadlessChrome/156.0.8078.79",
            "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/156.0.0.0 Safari/537.36",
        );
        let commands = emulation.commands(TargetKind::Worker);
        let text = commands[0].1.to_string();
        assert!(!text.contains("Headless"), "{text}");
        assert!(text.contains("Chrome/156.0.0.0"), "{text}");
        assert!(text.contains(r#""fullVersion":"156.0.8078.79""#), "{text}");
    }

    #[test]
    fn a_version_is_filled_in_and_only_chromes_know_hints() {
        let with = |agent: &str| {
            let options =
                BrowserOptions { user_agent: Some(agent.to_owned()), ..BrowserOptions::default() };
            let emulation = Emulation::new(&options, "Chrome/156.0.8078.79", "native");
            emulation.commands(TargetKind::Page)[0].1.clone()
        };
        let phone = with("Mozilla/5.0 (Linux; Android 10; K) Chrome/{chrome} Mobile");
        assert_eq!(
            phone["userAgent"],
            "Mozilla/5.0 (Linux; Android 10; K) Chrome/156.0.0.0 Mobile"
        );
        assert_eq!(phone["platform"], "Linux armv81");
        assert_eq!(phone["userAgentMetadata"]["platform"], "Android");
        let other = with("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Safari/604.1");
        assert_eq!(other["platform"], "iPhone");
        assert!(other.get("userAgentMetadata").is_none(), "{other}");
    }

    #[test]
    fn a_regions_language_is_accepted_without_the_region() {
        assert_eq!(accepted("de-DE"), "de-DE,de");
        assert_eq!(accepted("zh-Hant-TW"), "zh-Hant-TW,zh");
        assert_eq!(accepted("fr"), "fr");
    }
}
