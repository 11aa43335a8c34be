//! A Hitachi Content Platform that runs on loopback: enough of it for a gateway's tests and demos.
//!
//! Hosts are HCP's (`admin.D`, `T.D`, `B.T.D`), keys are derived from one user table, and what HCP
//! does otherwise than AWS it does too: folders are objects, versions are integers listed oldest
//! first, an unversioned object may refuse to be overwritten, release 9 refuses SDK checksums.
//! Every request is remembered, and faults can be set at run time.
//!
//! ```no_run
//! # async fn demo() -> Result<(), hcp_simulator::SimulatorError> {
//! use hcp_simulator::{Release, Simulator};
//!
//! let hcp = Simulator::builder()
//!     .domain("hcp.test")
//!     .release(Release::V9)
//!     .user("europe", "ann", "secret")
//!     .start()
//!     .await?;
//! hcp.create_bucket("europe", "ann", "maps")?;
//! println!("S3 at {} for Host europe.hcp.test", hcp.plain_address());
//! hcp.shutdown().await
//! # }
//! ```

mod address;
mod answer;
mod branches;
mod builder;
mod control;
mod digests;
mod faults;
mod front;
mod guard;
mod intake;
mod mapi;
mod native;
mod query;
mod recorder;
mod rewrite;
mod role;
mod s3;
mod server;
mod sigv4;
mod simulator;
mod sowing;
mod store;
mod tls;
mod token;
mod traffic;
mod users;
mod wire;

pub use builder::Builder;
pub use faults::{Fault, Trouble};
pub use guard::Release;
pub use mapi::{Assumptions, ErrorBody, LicenseNames, SingleLists, Unknown, VerboseLists};
pub use recorder::{Port, RequestRecord};
pub use role::Role;
pub use simulator::{OccupiedQueries, Simulator, SimulatorError};
pub use sowing::Sowing;
pub use users::{User, access_key, secret_key};
