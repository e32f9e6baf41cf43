//! What can be told of the HTML report without a browser: that it is closed
//! against everything that pages say, complete, masked and small.

use std::io::Read;

use flate2::read::GzDecoder;
use regex::Regex;

use crate::model::run::Artifact;
use crate::report::sample;

use super::*;

/// The packed data of that element.
fn unpack(html: &str, id: &str) -> Value {
    let found =
        Regex::new(&format!(r#"id="{id}" data-type="[a-z/]+">([A-Za-z0-9+/=]*)<"#)).unwrap();
    let text = &found.captures(html).unwrap_or_else(|| panic!("no {id}"))[1];
    let mut plain = String::new();
    GzDecoder::new(&STANDARD.decode(text).unwrap()[..]).read_to_string(&mut plain).unwrap();
    serde_json::from_str(&plain).unwrap()
}

#[test]
fn hostile_text_stays_data() {
    let mut run = sample::run();
    let hostile = "</script><script>alert(1)</script><!--<img src=x onerror=alert(1)>{{script}}";
    run.scenarios[1].name = hostile.into();
    run.scenarios[1].findings[0].message = hostile.into();
    run.scenarios[1].trace.hits[0].event = hostile.into();
    run.scenarios[1].trace.console[0].text = hostile.into();
    run.browser = hostile.into();
    let (page, plain) = (html(&run), html(&sample::run()));
    for markup in ["<script", "</script", "<img", "<!--"] {
        assert_eq!(page.matches(markup).count(), plain.matches(markup).count(), "{markup}");
    }
    assert_eq!(unpack(&page, "s1")["console"][0]["text"], hostile);
}

#[test]
fn the_policy_names_script_and_style_and_nothing_else() {
    let page = html(&sample::run());
    let hash = |open: &str, close: &str| {
        let text = page.rsplit_once(open).unwrap().1.split_once(close).unwrap().0;
        source_hash(text)
    };
    assert!(page.contains(&format!("script-src '{}';", hash("<script>", "</script>"))));
    assert!(page.contains(&format!("style-src '{}';", hash("<style>", "</style>"))));
    assert!(!page.contains("unsafe") && !page.contains("{{"));
    for attribute in [" onclick", " onload", " style=", " src=\"http"] {
        assert!(!page.contains(attribute), "{attribute}");
    }
}

#[test]
fn secrets_are_in_no_part() {
    let page = html(&sample::run());
    assert!(!page.contains("jane"));
    for index in 0..4 {
        assert!(!unpack(&page, &format!("s{index}")).to_string().contains("jane"));
    }
    let details = unpack(&page, "s1");
    assert_eq!(details["raw"]["2"]["body"]["text"], "em=***&ev=Lead");
    assert_eq!(details["raw"].as_object().unwrap().len(), 1);
}

#[test]
fn pictures_are_in_it_as_far_as_there_is_room() {
    let mut run = sample::run();
    let png = |length: usize| [&[0x89, b'P', b'N', b'G'][..], &vec![0; length]].concat();
    for (step, path, bytes) in [
        (0, "a.png", png(10)),
        (1, "large.png", png(PICTURE_ROOM)),
        (1, "b.png", b"<svg onload=alert(1)>".to_vec()),
    ] {
        let path = path.to_owned();
        run.pictures.insert(path.clone(), bytes);
        let kind = "screenshot".to_owned();
        run.scenarios[1].artifacts.push(Artifact { kind, path, step: Some(step) });
    }
    let page = html(&run);
    assert_eq!(unpack(&page, "s1")["pictures"], json!({"0": 0}));
    assert!(page.contains("id=\"p0\" data-type=\"image/png\"") && !page.contains("id=\"p1\""));
}

#[test]
fn a_flood_is_left_out_but_no_hit() {
    let mut scenario = sample::failed();
    let call = scenario.trace.calls[0].clone();
    scenario.trace.calls = vec![call; 5_000];
    let mut request = scenario.trace.requests[1].clone();
    for number in 10..6_000 {
        request.id = RequestId(number);
        scenario.trace.requests.insert(0, request.clone());
    }
    scenario.trace.console[0].text = "ä".repeat(100_000);
    let mask = Mask::new(&scenario.secrets);
    let details = details(&scenario, &mask, &BTreeMap::new(), true);
    assert_eq!(details["left_out"], json!({"requests": 3_995, "calls": 4_000}));
    assert!(details["requests"].as_array().unwrap().iter().any(|request| request["id"] == 2));
    assert_eq!(details["console"][0]["text"].as_str().unwrap().chars().count(), LONGEST + 1);
}
