//! Configuration files as people write them, right and wrong.

use crate::cli::problems::draw;

use super::*;

fn read(text: &str, environment: &Environment) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FILE_NAME), text).unwrap();
    let environment = Environment { directory: folder.path().to_owned(), ..environment.clone() };
    load(None, &environment).map_err(|failure| match failure {
        Failure::Input(problems) => {
            problems.iter().map(|problem| draw(problem, false, 100)).collect()
        }
        Failure::Broken { error, .. } => error.to_string(),
    })
}

#[test]
fn everything_at_once() {
    let text = r#"
        [browser]
        executable = "tools/chrome"
        args = ["--x"]
        device = "iPhone 15"
        viewport = { width = 400, height = 500 }
        sandbox = false
        locale = "de-DE"
        timezone = "Europe/Berlin"
        geolocation = { latitude = 52.5, longitude = 13.4 }
        headers = { X-Test = "1" }
        http_credentials = { username = "u", password = "hunter22" }
        proxy = "http://proxy.test:3128"
        cookies = [{ name = "a", value = "1", domain = "shop.test", same_site = "Lax" }]
        host_resolver_rules = ["MAP shop.test 127.0.0.1"]
        accept_invalid_certificates = true
        [run]
        jobs = 3
        timeout = 5000
        pixels = "block"
        snapshots = "expected"
        [vendors.ga4]
        pixels = "deliver"
        hosts = ["sst.shop.test"]
        [[vendor]]
        slug = "own"
        url = "px.shop.test/hit"
        event = "query:e"
        [vars]
        email = "a@b.test"
        count = 3
    "#;
    let config = read(text, &Environment::default()).unwrap();
    assert!(!format!("{:?}", config.browser).contains("hunter22"));
    assert_eq!(config.browser.screen.device_scale_factor.to_bits(), 3_f64.to_bits());
    assert_eq!((config.browser.screen.width, config.browser.screen.height), (400, 500));
    assert!(config.browser.user_agent.as_ref().unwrap().contains("iPhone"));
    assert_eq!(config.browser.sandbox, Sandbox::Off);
    assert!(
        matches!(&config.browser.source, BrowserSource::Executable(path) if path.ends_with("tools/chrome"))
    );
    assert_eq!(
        (config.jobs, config.timeout_ms, config.pixels),
        (Some(3), 5000, PixelPolicy::Block)
    );
    assert_eq!(config.snapshots, Path::new("expected"));
    assert_eq!(config.scenarios, Path::new("scenarios"));
    assert_eq!(config.vendors[0].pixels, Some(PixelPolicy::Deliver));
    assert_eq!(config.custom_vendors.len(), 1);
    assert_eq!(config.vars["count"], "3");
    assert_eq!(config.vars["email"], "a@b.test");
}

#[test]
fn the_manual_is_right() {
    let manual = include_str!("../../../docs/configuration.md");
    let example = manual.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
    let config = read(example.unwrap(), &Environment::default()).unwrap();
    assert_eq!(config.jobs, Some(1));
    let flat = manual.replace('\n', " ");
    for device in device::DEVICES {
        assert!(flat.contains(device.name), "docs/configuration.md lacks {}", device.name);
    }
}

#[test]
fn the_environment_outranks_the_file() {
    let environment = Environment { chrome: Some("/opt/chrome".into()), ..Environment::default() };
    let config = read("[browser]\nexecutable = \"chromium\"", &environment).unwrap();
    assert_eq!(config.browser.source, BrowserSource::Executable("/opt/chrome".into()));
}

#[test]
fn without_a_file_there_are_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let environment = Environment { directory: folder.path().to_owned(), ..Environment::default() };
    // A file further up would be found, so only what no file changes.
    let config =
        resolve(File::default(), None, String::new(), folder.path(), &environment).unwrap();
    assert_eq!(config.browser, BrowserOptions::default());
    assert_eq!(config.timeout_ms, 10_000);
}

#[test]
fn is_found_upward() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("a/b");
    std::fs::create_dir_all(&deep).unwrap();
    std::fs::write(folder.path().join(FILE_NAME), "[run]\njobs = 2").unwrap();
    let environment = Environment { directory: deep, ..Environment::default() };
    let config = load(None, &environment).unwrap();
    assert_eq!(config.jobs, Some(2));
    assert_eq!(config.snapshots, folder.path().join("snapshots"));
}

#[test]
fn problems_have_a_place_and_help() {
    let fail = |text| read(text, &Environment::default()).unwrap_err();
    insta::assert_snapshot!(fail("[browser]\nlocal = \"de\"\n"));
    insta::assert_snapshot!(fail("[run]\npixels = \"stubb\"\n"));
    insta::assert_snapshot!(fail("[browser]\nsandbox = \"maybe\"\n"));
    insta::assert_snapshot!(fail("[run]\njobs = \"four\"\n"));
    insta::assert_snapshot!(fail("[run\n"));
    insta::assert_snapshot!(fail("[brwser]\n"));
    insta::assert_snapshot!(fail(
        "[[vendor]]\nslug = \"a\"\nurl = \"a.test/x\"\nevnt = \"query:e\"\n"
    ));
    insta::assert_snapshot!(fail(
        "[browser]\ndevice = \"iPhone15\"\nlocale = \"de_DE\"\nviewport = { width = 0, height = 9 }\ncookies = [{ name = \"a\", value = \"b\" }]\nhost_resolver_rules = [\"shop.test\"]\n[vendors.ga4]\nhosts = [\"https://x/\"]\n[vars]\na = [1]\n[run]\njobs = 0\n"
    ));
}

#[test]
fn unreadable_files_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let environment = Environment { directory: folder.path().to_owned(), ..Environment::default() };
    std::fs::write(folder.path().join("binary.toml"), [0xff, 0xfe]).unwrap();
    std::fs::write(folder.path().join("large.toml"), vec![b' '; 2_000_000]).unwrap();
    for (name, expected) in [
        ("missing.toml", "cannot be read: it does not exist"),
        ("binary.toml", "is not text: byte 1 is not UTF-8"),
        ("large.toml", "is too large: 2000000 bytes"),
        (".", "is a folder"),
    ] {
        let Err(Failure::Input(problems)) = load(Some(Path::new(name)), &environment) else {
            panic!("{name} was read");
        };
        let drawn = draw(&problems[0], false, 100);
        assert!(drawn.contains(expected), "{name}: {drawn}");
    }
}
