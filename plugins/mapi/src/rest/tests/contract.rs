//! The routes of the contract, written down a second time: nothing is missing, nothing is more.

use std::collections::BTreeSet;

use crate::rest::{describe, table};

/// A path and its methods (G, H, P for PUT, O for POST, D); `t`, `n`, `R` and `L` as in the contract.
const CONTRACT: &str = "
/tenants GP
/userAccounts G
/userAccounts/{} GHO
/userAccounts/{}/changePassword O
/groupAccounts G
/groupAccounts/{} GH
/network GO
/storage/licenses GP
/storage/licenses/{} G
/nodes/statistics G
/services/statistics G
/healthCheckReport G
/healthCheckReport/prepare O
/healthCheckReport/download O
/healthCheckReport/cancel O
/logs GO
/logs/prepare O
/logs/download O
/supportaccesscredentials GP
R GO
R/certificates GP
R/certificates/{} GD
R/certificates/server G
L GP
L/{} GHOD
L/{}/content G
L/{}/content/tenants G
L/{}/content/tenants/{} PGDO
L/{}/content/defaultNamespaceDirectories G
L/{}/content/defaultNamespaceDirectories/{} PD
L/{}/content/chainedLinks G
L/{}/content/chainedLinks/{} PD
L/{}/localCandidates G
L/{}/localCandidates/tenants G
L/{}/localCandidates/defaultNamespaceDirectories G
L/{}/localCandidates/chainedLinks G
L/{}/remoteCandidates G
L/{}/remoteCandidates/tenants G
L/{}/remoteCandidates/defaultNamespaceDirectories G
L/{}/remoteCandidates/chainedLinks G
L/{}/schedule GO
T GP
T/{} GHOD
T/{}/tenantCandidates G
T/{}/tenantConflictingCandidates G
T/{}/tenants G
T/{}/tenants/{} PD
/services/erasureCoding/linkCandidates G
t GHO
t/consoleSecurity GO
t/contactInfo GO
t/emailNotification GO
t/namespaceDefaults GO
t/searchSecurity GO
t/permissions GO
t/availableServicePlans G
t/availableServicePlans/{} G
t/cors GPD
t/chargebackReport G
t/statistics G
t/userAccounts GPO
t/userAccounts/{} GHDO
t/userAccounts/{}/changePassword O
t/userAccounts/{}/dataAccessPermissions GO
t/groupAccounts GP
t/groupAccounts/{} GHOD
t/groupAccounts/{}/dataAccessPermissions GO
t/contentClasses GP
t/contentClasses/{} GHOD
t/namespaces GP
t/namespaces/export G
n GHDO
n/export G
n/versioningSettings GOD
n/complianceSettings GO
n/retentionClasses GP
n/retentionClasses/{} GHOD
n/permissions GO
n/protocols GO
n/protocols/{} G
n/protocols/http O
n/protocols/cifs O
n/protocols/nfs O
n/protocols/smtp O
n/replicationCollisionSettings GO
n/cors GPD
n/customMetadataIndexingSettings GO
n/statistics G
n/chargebackReport G
";

fn expanded(short: &str) -> String {
    let (first, rest) = short.split_at(1);
    match first {
        "t" => format!("/tenants/{{}}{rest}"),
        "n" => format!("/tenants/{{}}/namespaces/{{}}{rest}"),
        "R" => format!("/services/replication{rest}"),
        "L" => format!("/services/replication/links{rest}"),
        "T" => format!("/services/erasureCoding/ecTopologies{rest}"),
        _ => short.to_owned(),
    }
}

fn method(letter: char) -> &'static str {
    match letter {
        'G' => "GET",
        'H' => "HEAD",
        'P' => "PUT",
        'O' => "POST",
        'D' => "DELETE",
        other => panic!("{other}"),
    }
}

/// `GET /tenants/{}/cors`.
fn nameless(method: &str, path: &str) -> String {
    let nameless = |segment| {
        if str::starts_with(segment, '{') {
            "{}"
        } else {
            segment
        }
    };
    let segments = path.split('/').map(nameless);
    format!("{method} {}", segments.collect::<Vec<_>>().join("/"))
}

#[test]
fn the_table_holds_every_route_of_the_contract_and_no_other() {
    let mut contract = BTreeSet::new();
    for line in CONTRACT.lines().filter(|line| !line.is_empty()) {
        let (path, methods) = line.split_once(' ').unwrap();
        for letter in methods.chars() {
            let new = contract.insert(nameless(method(letter), &expanded(path)));
            assert!(new, "{line}");
        }
    }
    let table: Vec<_> = table::rows()
        .map(|row| nameless(row.verb.method().as_str(), row.path))
        .collect();
    assert_eq!(table.len(), contract.len());
    let table: BTreeSet<_> = table.into_iter().collect();
    let missing: Vec<_> = contract.difference(&table).collect();
    let more: Vec<_> = table.difference(&contract).collect();
    assert!(
        missing.is_empty() && more.is_empty(),
        "{missing:?} {more:?}"
    );
}

#[test]
fn every_operation_has_its_own_id() {
    let ids: BTreeSet<_> = table::rows().map(describe::id).collect();
    assert_eq!(ids.len(), table::rows().count());
}
