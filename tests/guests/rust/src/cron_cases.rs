//! The promises of hermes:cron, seen from inside of a component.

use crate::hermes::cron::api::CronComponent::{All, At, Range};
use crate::hermes::cron::api::{self as cron, CronComponent, CronTagged};
use crate::{Case, expect};

pub const CASES: &[Case] = &[
    ("cron: add and list", add_and_list),
    ("cron: fresh state", fresh_state),
    ("cron: fresh state, again", fresh_state),
    ("cron: list order", list_order),
    ("cron: add changes the flag", add_changes_flag),
    ("cron: remove", remove),
    ("cron: valid and invalid expressions", expressions),
    ("cron: delays are listed", delays),
    ("cron: mkcron", write_expressions),
    ("cron: any text as tag", any_text_as_tag),
    ("cron: long list", long_list),
];

const HOUR_NS: u64 = 3_600_000_000_000;

fn entry(when: &str, tag: &str) -> CronTagged {
    CronTagged { when: when.into(), tag: tag.into() }
}

fn add(when: &str, tag: &str, retrigger: bool) -> bool {
    cron::add(&entry(when, tag), retrigger)
}

/// The entries with a tag, as time and flag.
fn listed(tag: &str) -> Vec<(String, bool)> {
    let entries = cron::ls(Some(tag));
    assert!(entries.iter().all(|(entry, _)| entry.tag == tag), "ls with a tag lists only that tag");
    entries.into_iter().map(|(entry, retrigger)| (entry.when, retrigger)).collect()
}

fn add_and_list() -> bool {
    let mut held = expect(listed("list").is_empty(), "a fresh application has no entries");
    held &= expect(add("5 4 * * *", "list", true), "add accepts a valid expression");
    held &= expect(add("6 4 * * *", "list", false), "the same tag at another time");
    held &= expect(add("5 4 * * *", "another", false), "the same time with another tag");
    let mut entries = listed("list");
    entries.sort();
    let expected = [("5 4 * * *".to_string(), true), ("6 4 * * *".to_string(), false)];
    held &= expect(entries == expected, "ls returns time and flag as they were added");
    let all = cron::ls(None);
    held &= expect(all.len() >= 3, "ls without a tag lists all entries");
    let others = all.iter().filter(|(entry, _)| entry.tag == "another").count();
    held &= expect(others == 1, "each entry once");
    held & expect(listed("nobody has this tag").is_empty(), "an unknown tag has no entries")
}

/// Runs as two cases; whichever is second would find what the first leaves behind.
fn fresh_state() -> bool {
    let held = expect(listed("left over").is_empty(), "no case sees the entries of another");
    held & expect(add("0 0 1 1 *", "left over", true), "add")
}

fn list_order() -> bool {
    let mut held = expect(add("0 0 29 2 *", "order", true), "29 February comes");
    held &= expect(add("* * * * *", "order", true), "add");
    let times: Vec<_> = listed("order").into_iter().map(|(when, _)| when).collect();
    held & expect(times == ["* * * * *", "0 0 29 2 *"], "ls lists what fires sooner first")
}

fn add_changes_flag() -> bool {
    let mut held = expect(add("1 2 3 4 *", "flag", false), "add");
    held &= expect(add("1 2 3 4 *", "flag", true), "add again");
    let expected = [("1 2 3 4 *".to_string(), true)];
    held & expect(listed("flag") == expected, "adding again changes the flag and nothing else")
}

fn remove() -> bool {
    let rm = |when: &str, tag: &str| cron::rm(&entry(when, tag));
    let mut held = expect(!rm("1 1 * * *", "rm"), "rm of nothing is false");
    held &= expect(add("1 1 * * *", "rm", true), "add");
    held &= expect(!rm("2 1 * * *", "rm"), "another time is another entry");
    held &= expect(!rm("1 1 * * *", "RM"), "another tag is another entry");
    held &= expect(rm("1 1 * * *", "rm"), "rm of an entry is true");
    held &= expect(!rm("1 1 * * *", "rm"), "it is gone afterwards");
    held & expect(listed("rm").is_empty(), "and is not listed")
}

fn expressions() -> bool {
    let valid = [
        "* * * * *",
        "0-59/15 8-17 * * mon-fri",
        "30 4 1,15 * *",
        "0 0 13 * 5",
        "0 0 29 2 *",
        "0 0 * * 7",
        "0 0 1 jan *",
        "@hourly",
        "@daily",
        "@yearly",
    ];
    let invalid = [
        "",
        " ",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * 32 * *",
        "* * * 13 *",
        "* * * * 8",
        "*/0 * * * *",
        "5-1 * * * *",
        "1, * * * *",
        "a * * * *",
        "-1 * * * *",
        "@never",
        "0 0 30 2 *",
        "99999999999999999999 * * * *",
    ];
    let mut held = true;
    for when in valid {
        held &= expect(add(when, "valid", true), &format!("valid: {when}"));
    }
    for when in invalid {
        held &= expect(!add(when, "invalid", true), &format!("invalid: {when}"));
    }
    held & expect(listed("invalid").is_empty(), "what was refused is not listed")
}

fn delays() -> bool {
    let mut held = expect(cron::delay(HOUR_NS, "delay"), "delay");
    let entries = listed("delay");
    let [(when, retrigger)] = entries.as_slice() else {
        return expect(false, "a delay is listed");
    };
    held &= expect(!retrigger, "it fires once");
    held &= expect(when.split(' ').count() == 5, "its time has five fields");
    held &= expect(cron::rm(&entry(when, "delay")), "it can be removed");
    held &= expect(listed("delay").is_empty(), "and is gone");
    held & expect(cron::delay(0, "now"), "a delay of nothing is accepted")
}

fn write_expressions() -> bool {
    // In the order of the text: minute, hour, day, month, day of week.
    let examples: [([&[CronComponent]; 5], &str); 7] = [
        ([&[], &[], &[], &[], &[]], "* * * * *"),
        ([&[All, At(3)], &[], &[], &[], &[]], "* * * * *"),
        ([&[At(0), At(30)], &[At(8)], &[], &[], &[Range((1, 5))]], "0,30 8 * * 1-5"),
        ([&[At(99)], &[At(24)], &[At(0)], &[At(0)], &[]], "59 23 1 1 *"),
        ([&[At(5), Range((0, 10))], &[], &[], &[], &[]], "0-10 * * * *"),
        ([&[], &[Range((1, 5)), Range((3, 9))], &[], &[], &[]], "* 1-9 * * *"),
        ([&[], &[], &[Range((0, 200))], &[Range((1, 12))], &[]], "* * * * *"),
    ];
    let mut held = true;
    for ([minute, hour, day, month, dow], expected) in examples {
        let when = cron::mkcron(dow, month, day, hour, minute);
        held &= expect(when == expected, &format!("mkcron: {when:?} instead of {expected:?}"));
        held &= expect(add(&when, "mkcron", true), "add accepts what mkcron writes");
    }
    held
}

fn any_text_as_tag() -> bool {
    let long = "0123456789".repeat(100);
    let mut held = true;
    for tag in ["", " ", "Grüße aus Köln", "世界 🌍", "\"quoted\"\t\n\x1b[31m", "a\0b", &long]
    {
        held &= expect(add("7 7 * * *", tag, true), "any text is a tag");
        let expected = [("7 7 * * *".to_string(), true)];
        held &= expect(listed(tag) == expected, "a tag comes back as it was");
        held &= expect(cron::rm(&entry("7 7 * * *", tag)), "and finds its entry");
    }
    held
}

fn long_list() -> bool {
    let added = (0..60).rev().all(|minute| add(&format!("{minute} 0 1 1 *"), "many", false));
    let mut held = expect(added, "add accepts many entries");
    let mut entries = listed("many");
    held &= expect(entries.len() == 60, "ls lists all of them");
    entries.sort();
    entries.dedup();
    held & expect(entries.len() == 60, "each once")
}
