//! Bad input through the program: a clear message, the right exit code, and no
//! file lost or half written. Most of it needs no browser, because everything
//! is read and checked before one is started.

use crate::e2e::program::Workplace;
use crate::e2e::support::Site;

const WELL: &str = "steps:\n  - navigate: http://shop.localhost:1/\n";

/// Files by name and content; arguments; what is said.
type Case<'a> = (&'a [(&'a str, &'a [u8])], &'a [&'a str], &'a [&'a str]);

#[tokio::test]
async fn what_was_written_wrong_is_told_before_a_browser_starts() {
    let large = vec![b'#'; 10 << 20];
    let cases: &[Case<'_>] = &[
        (&[], &[], &["no scenario"]),
        (&[], &["no-such.yaml"], &["no-such.yaml"]),
        (&[("scenarios/a.yaml", b"")], &[], &["scenarios/a.yaml", "steps"]),
        (&[("scenarios/a.yaml", b"\x00\xff\xfe\x1b[31m\x00")], &[], &["scenarios/a.yaml"]),
        (&[("scenarios/a.yaml", &large)], &[], &["scenarios/a.yaml", "too large", "10485760"]),
        (
            &[("scenarios/a.yaml", b"steps:\n  - klick: '#a'\n  - click: { selctors: '#b' }\n")],
            &[],
            &["`klick`", "click", "selctors", "selectors"],
        ),
        (
            &[(
                "scenarios/a.yaml",
                b"vars: { a: '${b}', b: '${a}' }\nsteps:\n  - navigate: ${a}\n",
            )],
            &[],
            &["scenarios/a.yaml", "${a}"],
        ),
        (
            &[
                ("scenarios/a.yaml", b"name: x\nsteps:\n  - navigate: http://h/\n"),
                ("scenarios/b.yaml", b"name: x\nsteps:\n  - navigate: http://h/\n"),
            ],
            &[],
            &["scenarios/a.yaml and scenarios/b.yaml have the same name `x`"],
        ),
        (&[("scenarios/a.yaml", WELL.as_bytes())], &["--jobs", "0"], &["0", "1..=64"]),
        (&[("scenarios/a.yaml", WELL.as_bytes())], &["--timeout", "0"], &["--timeout"]),
        (&[("scenarios/a.yaml", WELL.as_bytes())], &["--base", "shop"], &["--base shop"]),
        (&[("scenarios/a.yaml", WELL.as_bytes())], &["--report", "jsn=x"], &["jsn", "json"]),
        (
            &[("scenarios/a.yaml", WELL.as_bytes()), ("file", b"mine")],
            &["--report", "json=file/run.json"],
            &["cannot write file/run.json", "name a place where files can be written"],
        ),
        (
            &[("scenarios/a.yaml", WELL.as_bytes()), ("file", b"mine")],
            &["--har", "file"],
            &["cannot write file"],
        ),
        (
            &[("scenarios/a.yaml", WELL.as_bytes()), ("snapshots/a.snap", b"non\xffsense")],
            &[],
            &["snapshots/a.snap"],
        ),
        (
            &[
                ("scenarios/a.yaml", WELL.as_bytes()),
                (
                    "snapshots/a.snap",
                    b"---\nsource: a\n---\nsteps:\n  - stepp: open\n    hits: 7\n",
                ),
            ],
            &[],
            &["snapshots/a.snap"],
        ),
        (
            &[("scenarios/a.yaml", WELL.as_bytes()), ("snapshots", b"a file, no folder")],
            &["--update"],
            &["snapshots"],
        ),
        (
            &[("scenarios/a.yaml", WELL.as_bytes()), ("pixelproof.toml", b"jobs = \n")],
            &[],
            &["pixelproof.toml"],
        ),
    ];
    for (files, arguments, texts) in cases {
        let place = Workplace::new();
        for (name, bytes) in *files {
            place.write(name, bytes);
        }
        let before = place.everything();
        let ended = place.run(&[&["run"], *arguments].concat()).await;
        eprintln!("{arguments:?}\n{}", ended.err);
        ended.says(2, texts);
        assert!(!ended.err.contains('\u{1b}'), "{ended:#?}");
        assert!(ended.err.len() < 20_000, "{} bytes are no message", ended.err.len());
        assert_eq!(place.everything(), before, "a file was changed");
    }
    let place = Workplace::new();
    place
        .run(&["shop", "--theme", "purchase-twise"])
        .await
        .says(2, &["did you mean `purchase-twice`"]);
    place.run(&["demo", "--theme", "good-ish"]).await.says(2, &["good-ish"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_where_nobody_listens_is_the_runs_fault() {
    let place = Workplace::new();
    place.write("scenarios/a.yaml", WELL);
    let ended = place.run(&["run", "--report", "json=run.json"]).await;
    ended.says(3, &["ERR_CONNECTION_REFUSED", "1 broken"]);
    assert_eq!(place.report("run.json")["scenarios"][0]["verdict"], "broken");
    place.is_left_clean().await;
}

/// `/dev/full` is a disk without room.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_breaks_the_run_and_stays_what_it_is() {
    use std::os::unix::fs::FileTypeExt as _;
    let site = Site::of(&[("shop.localhost/", "<p>here</p>")]).await;
    let place = Workplace::new();
    place.write(
        "scenarios/a.yaml",
        format!("steps:\n  - navigate: http://shop.localhost:{}/\n", site.port()),
    );
    // Through a link, so that a mistake could not spoil the machine.
    std::os::unix::fs::symlink("/dev/full", place.path("full")).unwrap();
    let ended = place.run(&["run", "--ci", "--report", "json=full"]).await;
    ended.says(3, &["1 passed", "cannot write full", "no space left on device"]);
    assert!(std::fs::metadata(place.path("full")).unwrap().file_type().is_char_device());
    place.is_left_clean().await;
}
