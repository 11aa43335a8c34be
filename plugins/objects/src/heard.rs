//! What the store and caches said while a request was answered, told to the house and to the client.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use portico_aws::Hearing;
use portico_sdk::cache::Demand;
use portico_sdk::rest::StoreSaid;

/// Answers a request, and adds what was heard meanwhile.
pub(crate) async fn listen(request: Request, next: Next) -> Response {
    let hearing = Hearing::new(Demand::of(request.headers()));
    let mut response = hearing.clone().during(next.run(request)).await;
    let heard = hearing.heard();
    if let Some(status) = heard.status {
        let proof_refused = heard.proof_refused;
        response.extensions_mut().insert(StoreSaid {
            status,
            proof_refused,
        });
    }
    response.headers_mut().extend(heard.caches);
    response
}
