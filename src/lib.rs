//! The core of Portico: the way of a request through the engine, and the process around it.
//!
//! This crate alone knows Pingora; it knows no plugin, save for the one list in [`roster`].

pub mod accept;
pub mod bridge;
pub mod cli;
pub mod failure;
pub mod house;
pub mod origin;
pub mod proxy;
pub mod reply;
pub mod roster;
pub mod route;
pub mod server;
pub mod settings;
pub mod tls;
pub mod upstream;
pub mod wires;
