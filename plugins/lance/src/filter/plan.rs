//! What a filter means for one table: its columns must be there, and it must be true or false.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, SchemaRef};
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};
use lance::datatypes::Schema;
use lance_datafusion::planner::Planner;
use portico_sdk::Error;

use super::functions;
use super::words::refusal;
use crate::failure::tidy;

/// Columns that every table has, and none names.
const SYSTEM: [&str; 3] = ["_rowaddr", "_rowid", "_rowoffset"];

/// Refuses what is no condition on the table's columns.
pub(super) fn check(text: &str, words: &[TokenWithSpan], schema: &Schema) -> Result<(), Error> {
    let columns = with_system(schema);
    let lance = Planner::new(Arc::clone(&columns));
    let failed = |error: lance::Error| planless(words, &error.to_string());
    let planned = lance.parse_filter(text).map_err(failed)?;
    // Constants are computed below already.
    if !functions::are_known(&planned) {
        return Err(refusal(None, "it calls what filters cannot"));
    }
    let named = Planner::column_names_in_expr(&planned);
    if let Some(name) = named.iter().find(|name| !is_there(schema, name)) {
        return Err(unknown(words, name));
    }
    let typed = lance.optimize_expr(planned);
    let typed = typed.and_then(|typed| lance.create_physical_expr(&typed));
    match typed.map_err(failed)?.data_type(&columns) {
        Ok(DataType::Boolean) => Ok(()),
        Ok(_) => Err(refusal(
            None,
            "it is no condition: it is neither true nor false",
        )),
        Err(error) => Err(planless(words, &error.to_string())),
    }
}

fn with_system(schema: &Schema) -> SchemaRef {
    let columns = arrow::datatypes::Schema::from(schema);
    let own = |name: &str| Arc::new(Field::new(name, DataType::UInt64, true));
    let own = SYSTEM.into_iter().map(own);
    let own = own.filter(|field| columns.field_with_name(field.name()).is_err());
    let fields: Vec<FieldRef> = columns.fields().iter().cloned().chain(own).collect();
    Arc::new(arrow::datatypes::Schema::new(fields))
}

fn is_there(schema: &Schema, name: &str) -> bool {
    SYSTEM.contains(&name)
        || schema.field_case_insensitive(name).is_some()
        || schema.fields.iter().any(|field| field.name == name)
}

/// Why the filter cannot be carried out. Within calls it is `DataFusion` that misses columns.
fn planless(words: &[TokenWithSpan], why: &str) -> Error {
    let named = why.split("No field named ").nth(1);
    let name = named.and_then(|rest| rest.split(['.', ' ', ',']).next());
    match name.map(|name| name.trim_matches(['"', '`', '\''])) {
        Some(name) if !name.is_empty() => unknown(words, name),
        _ => refusal(None, &tidy(why)),
    }
}

/// The refusal of a column that is not there, at the first word that is called so.
fn unknown(words: &[TokenWithSpan], name: &str) -> Error {
    let first = name.split('.').next().unwrap_or_default();
    let first = first.trim_matches('`');
    let is_it = |each: &&TokenWithSpan| match &each.token {
        Token::Word(word) => word.value.eq_ignore_ascii_case(first),
        _ => false,
    };
    let place = words.iter().find(is_it).map(|each| each.span.start);
    refusal(place, &format!("the table has no column `{name}`"))
}
