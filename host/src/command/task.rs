//! Tasks on a terminal.

use serde_json::Value;

pub fn show_list(told: &Value) {
    let all = told["tasks"].as_array().map(Vec::as_slice).unwrap_or_default();
    if all.is_empty() {
        println!("none");
    }
    all.iter().for_each(show_line);
    if let Some(next) = told["next"].as_str() {
        println!("more with --cursor {next}");
    }
}

pub fn show_one(told: &Value) {
    show_line(told);
    if let (Some(by), Some(reason)) = (told["acked_by"].as_str(), told["ack_reason"].as_str()) {
        println!("taken by {by}: {reason}");
    }
    for reading in told["readings"].as_array().into_iter().flatten() {
        println!("\n{}  from {}", text(&reading["kind"]), text(&reading["effective"]));
        if let (Some(old), Some(new)) = (reading["old"].as_str(), reading["new"].as_str()) {
            println!("  {old} → {new}");
        }
        for quote in reading["quotes"].as_array().into_iter().flatten() {
            println!("  “{}”", text(quote));
        }
    }
    for impact in told["impact"].as_array().into_iter().flatten() {
        println!(
            "\n{}/{} on {}, {} parcels",
            text(&impact["carrier"]),
            text(&impact["account"]),
            text(&impact["release"]),
            impact["parcels"]
        );
        for hit in impact["hits"].as_array().into_iter().flatten() {
            println!("  {} {} (“{}”)", text(&hit["what"]), text(&hit["name"]), text(&hit["word"]));
        }
        if let Some(command) = impact["proposal"]["command"].as_str() {
            println!("  ready: {command}");
        }
    }
}

fn show_line(task: &Value) {
    let state = if task["acked_at"].is_null() { "open" } else { "taken" };
    let (id, kind, due) = (text(&task["id"]), text(&task["kind"]), text(&task["due_at"]));
    println!("{id}  {state}  {kind}  due {due}  {}", text(&task["title"]));
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("-")
}
