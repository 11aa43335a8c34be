//! The sample data of the demo.

use hcp_simulator::{Simulator, SimulatorError};

/// The domain of the simulated HCP.
pub(super) const DOMAIN: &str = "hcp.demo";

/// The bucket that both tenants have, each with data of its own.
pub(super) const BUCKET: &str = "samples";

/// Gives a tenant a bucket with a few objects.
pub(super) async fn fill(
    store: &Simulator,
    tenant: &str,
    user: &str,
) -> Result<(), SimulatorError> {
    store.create_bucket(tenant, user, BUCKET)?;
    let readme = format!("Hello {user}, this is the bucket `{BUCKET}` of the tenant `{tenant}`.\n");
    store
        .put_object(tenant, BUCKET, "readme.txt", readme)
        .await?;
    for year in 2021..=2024 {
        let rows: Vec<_> = (1..=12)
            .map(|month| format!("{year}-{month:02},{}", year * month % 97))
            .collect();
        let key = format!("measurements/{year}/series.csv");
        store
            .put_object(
                tenant,
                BUCKET,
                &key,
                format!("month,value\n{}\n", rows.join("\n")),
            )
            .await?;
    }
    store
        .put_object(
            tenant,
            BUCKET,
            "scans/map of the city.bin",
            vec![7; 3 << 20],
        )
        .await
}
