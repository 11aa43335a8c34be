//! Variables from a `.env` file, without touching the process's own environment.

use std::path::Path;

use super::environment::Variable;
use super::faults::{Faults, Located};

/// The variables of the file, in its order; none if there is no such file.
///
/// # Errors
/// Lines that cannot be read, by number. What they hold is not repeated.
pub(super) fn read(path: &Path) -> Result<Vec<Variable>, Faults> {
    let file = path.display().to_string();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(Faults::new([Located::whole(
                &file,
                format!("cannot be read: {error}"),
            )]));
        }
    };
    let text = text.trim_start_matches('\u{feff}');
    let mut faults = dollars(&file, text);
    let mut variables = Vec::new();
    for item in dotenvy::from_read_iter(text.as_bytes()) {
        match item {
            Ok((name, value)) => variables.push(Variable::of_file(&name, value, &file)),
            Err(error) => faults.push(unreadable(&file, text, &error)),
        }
    }
    if faults.is_empty() {
        return Ok(variables);
    }
    Err(Faults::new(faults))
}

fn unreadable(file: &str, text: &str, error: &dotenvy::Error) -> Located {
    let message = "expected NAME=value, with quotes around a value that holds blanks".to_owned();
    let dotenvy::Error::LineParse(rest, _) = error else {
        return Located::whole(file, message);
    };
    // The error holds the line, or what stands behind its `=`.
    let rest = rest.lines().next().unwrap_or_default().trim_end();
    match text
        .lines()
        .position(|line| line.trim_end().ends_with(rest))
    {
        Some(at) => line(file, at + 1, message),
        None => Located::whole(file, message),
    }
}

/// The reader takes `$word` for a variable and would silently shorten a secret that holds one.
fn dollars(file: &str, text: &str) -> Vec<Located> {
    let substitutes = |value: &str| {
        let unescaped = value.replace("\\$", "");
        !value.starts_with('\'')
            && unescaped
                .split('$')
                .skip(1)
                .any(|rest| !rest.starts_with('{'))
    };
    let assignments = text.lines().enumerate().filter_map(|(number, line)| {
        let (name, value) = line.trim_start().split_once('=')?;
        let ours = Variable::of_file(name.trim(), String::new(), file).is_ours();
        (ours && substitutes(value.trim_start())).then_some(number + 1)
    });
    assignments
        .map(|number| {
            let message =
                "a `$` begins a substitution; put the value in 'single quotes'".to_owned();
            line(file, number, message)
        })
        .collect()
}

fn line(file: &str, number: usize, message: String) -> Located {
    Located {
        position: Some((number, 1)),
        place: format!("{file}:{number}:1"),
        message,
    }
}
