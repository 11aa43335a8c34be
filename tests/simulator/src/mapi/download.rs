//! Packages that are prepared, downloaded and cancelled: logs, and the health check report.

use serde_json::{Value, json};

use super::call::{Call, Out, text};
use super::refusal::Refusal;
use super::zip;
use crate::store::Document;

/// The package that a path is about.
fn root(call: &Call<'_>) -> &'static str {
    if call.resource.path.starts_with("logs") {
        "logs"
    } else {
        "healthCheckReport"
    }
}

fn kept(call: &Call<'_>) -> Document {
    let documents = call.front.mapi.documents();
    documents.get(root(call)).cloned().unwrap_or_else(idle)
}

fn idle() -> Document {
    let idle = json!({
        "readyForStreaming": false,
        "streamingInProgress": false,
        "started": false,
        "error": false,
        "content": "",
    });
    idle.as_object().cloned().unwrap_or_default()
}

fn keep(call: &Call<'_>, status: Document) {
    call.front.mapi.documents().put(root(call), status);
}

/// A package is ready the first time somebody looks after asking for it.
pub(crate) fn status(call: &Call<'_>) -> Result<Out, Refusal> {
    let status = kept(call);
    let mut next = status.clone();
    if is(&status, "started") {
        next.insert("readyForStreaming".to_owned(), json!(true));
        keep(call, next.clone());
    }
    Ok(Out::Document(next))
}

fn is(status: &Document, name: &str) -> bool {
    status.get(name) == Some(&Value::Bool(true))
}

/// `?mark=` writes a line into the logs, `?cancel` drops a package.
pub(crate) fn act(call: &Call<'_>) -> Result<Out, Refusal> {
    if call.query.has("cancel") {
        return cancel(call);
    }
    let mark = call.query.get("mark").filter(|_| root(call) == "logs");
    let mark = mark.ok_or_else(|| Refusal::bad("The request does not say what to do."))?;
    let mut documents = call.front.mapi.documents();
    let marks = documents.entry("log marks");
    let number = marks.len();
    marks.insert(format!("{number:06}"), json!(mark));
    Ok(Out::Nothing)
}

pub(crate) fn cancel(call: &Call<'_>) -> Result<Out, Refusal> {
    keep(call, idle());
    Ok(Out::Nothing)
}

/// One package at a time.
pub(crate) fn prepare(call: &Call<'_>) -> Result<Out, Refusal> {
    let given = call.admit(false)?;
    let mut status = kept(call);
    if is(&status, "started") {
        let message = "A log download is already in progress.";
        return Err(Refusal::bad(message));
    }
    for name in ["startDate", "endDate"] {
        if text(&given, name).is_some_and(|date| !is_date(date)) {
            return Err(Refusal::bad(format!("Invalid value for property {name}.")));
        }
    }
    status.insert("started".to_owned(), json!(true));
    if root(call) == "logs" {
        let content = json!("ACCESS,SYSTEM,SERVICE,APPLICATION");
        status.insert("content".to_owned(), content);
    }
    keep(call, status);
    Ok(Out::Nothing)
}

/// `MM/DD/YYYY`
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    let digits = |part: &str, length| part.len() == length && part.parse::<u16>().is_ok();
    matches!(parts[..], [month, day, year] if digits(month, 2) && digits(day, 2) && digits(year, 4))
}

/// The package, which is gone afterwards.
pub(crate) fn fetch(call: &Call<'_>) -> Result<Out, Refusal> {
    let given = call.admit(false)?;
    if !is(&kept(call), "started") {
        return Err(Refusal::bad("There is no package to download."));
    }
    keep(call, idle());
    let wanted = serde_json::to_string(&given).unwrap_or_default();
    let marks = call.front.mapi.documents().get("log marks").cloned();
    let marks = marks.unwrap_or_default();
    let lines = marks.values().filter_map(Value::as_str);
    let marks: String = lines.flat_map(|mark| [mark, "\n"]).collect();
    let (name, files) = match root(call) {
        "logs" => (
            "HCPLogs-simulator.zip",
            [("marks.log", marks), ("request.json", wanted)],
        ),
        _ => (
            "HCPHealthCheckReport-simulator.zip",
            [
                ("report.txt", "All is well.\n".to_owned()),
                ("request.json", wanted),
            ],
        ),
    };
    let files = files.iter().map(|(name, text)| (*name, text.as_bytes()));
    Ok(Out::Zip {
        name,
        data: zip::archive(files),
    })
}
