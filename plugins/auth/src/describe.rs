//! What the document of the API says of login, keys and capabilities.

use portico_sdk::rest::openapi::schema::Type;
use portico_sdk::rest::openapi::{ObjectBuilder, Required};
use portico_sdk::rest::{Description, Shape};

use crate::capabilities::Capabilities;
use crate::credentials::S3Credentials;
use crate::login::Token;

const GROUP: &str = "session";

pub(crate) fn login() -> Description {
    let kinds = ["application/x-www-form-urlencoded", "multipart/form-data"];
    Description::new(GROUP, "login", "Log in: a name and a password for a token")
        .details(
            "On HCP the token is given unasked, and HCP judges the password with the first request \
             that needs it. Elsewhere the password is measured at once.",
        )
        .body(kinds, Shape::named("LoginForm", form()), Required::True)
        .answer(
            200,
            "The token, for `Authorization: Bearer`.",
            Shape::of::<Token>(),
        )
        .refusal(401, "Wrong name or password, where they are measured here.")
        .refusal(413, "The form is larger than 64 KiB.")
        .refusal(
            429,
            "Too many failed logins: `Retry-After` says when to come back.",
        )
}

fn form() -> ObjectBuilder {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let about = |words: &str| text().description(Some(words));
    ObjectBuilder::new()
        .property("username", about("The name, or `tenant/name`."))
        .required("username")
        .property("password", text())
        .required("password")
        .property("tenant", about("Goes before a tenant in the name."))
        .property("grant_type", about("`password`, if it is sent."))
}

pub(crate) fn credentials() -> Description {
    Description::new(
        GROUP,
        "getCredentials",
        "S3 keys for the owner of the token",
    )
    .answer(
        200,
        "The keys, with a session token to use them here.",
        Shape::of::<S3Credentials>(),
    )
}

pub(crate) fn capabilities() -> Description {
    Description::new(GROUP, "getCapabilities", "What kind of store this is").answer(
        200,
        "For front ends, to show or to hide.",
        Shape::of::<Capabilities>(),
    )
}
