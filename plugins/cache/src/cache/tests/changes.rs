//! What a change drops, and what it leaves.

use super::*;

#[tokio::test]
async fn a_change_drops_what_depends_on_it_for_everyone() {
    let kit = Kit::new();
    kit.ask(by(1, head_object()), "").await;
    kit.ask(by(2, head_object()), "").await;
    kit.ask(by(1, listing()), "a").await;
    kit.change(Change::default().object(&home(), "/photos/cat"))
        .await;
    for number in [1, 2] {
        let told = kit.ask(by(number, head_object()), "").await;
        assert_eq!(told.says, "portico; fwd=miss; stored");
    }
    assert_eq!(kit.ask(by(1, listing()), "b").await.body, "a");
    kit.change(Change::default().bucket(&home(), "photos"))
        .await;
    assert_eq!(kit.ask(by(1, listing()), "b").await.body, "b");
    assert_eq!(
        kit.ask(by(2, head_object()), "").await.origin,
        Origin::Store
    );
}

#[tokio::test]
async fn a_change_of_another_tenant_drops_nothing() {
    let kit = Kit::new();
    kit.ask(mapi(), "a").await;
    let other = Home::of(Some(&"archive".parse::<Tenant>().unwrap()));
    kit.change(Change::default().mapi(&other)).await;
    kit.change(Change::default().mapi(&Home::default())).await;
    assert_eq!(kit.ask(mapi(), "b").await.body, "a");
    kit.change(Change::default().mapi(&home())).await;
    assert_eq!(kit.ask(mapi(), "b").await.body, "b");
}

#[tokio::test]
async fn listings_that_lag_behind_are_neither_given_nor_kept_for_a_while() {
    let kit = Kit::new();
    let deleted = Change::default()
        .listing(&home(), "photos")
        .object(&home(), "/photos/cat");
    kit.ask(listing(), "with the cat").await;
    kit.change(deleted.lagging()).await;
    assert_eq!(kit.ask(listing(), "still there").await.body, "still there");
    kit.clock.advance(14);
    assert_eq!(kit.ask(listing(), "gone").await.body, "gone");
    let object = kit.ask(head_object(), "").await;
    assert_eq!(object.says, "portico; fwd=uri-miss; stored", "no list");
    kit.clock.advance(1);
    assert_eq!(kit.ask(listing(), "kept").await.body, "kept");
    assert_eq!(kit.ask(listing(), "new").await.body, "kept");
}

#[tokio::test]
async fn what_may_happen_later_keeps_everything_that_it_touches_quiet() {
    let kit = Kit::new();
    let copied = Change::default().object(&home(), "/photos/cat");
    kit.change(copied.answering_early()).await;
    kit.ask(head_object(), "").await;
    assert_eq!(kit.ask(head_object(), "").await.origin, Origin::Store);
    kit.clock.advance(15);
    kit.ask(head_object(), "").await;
    assert_eq!(kit.ask(head_object(), "").await.origin, Origin::Kept);
}

#[tokio::test]
async fn a_refusal_drops_everything_that_somebody_was_told() {
    for status in [401, 403] {
        let kit = Kit::new();
        kit.ask(by(1, head_object()), "").await;
        kit.ask(by(2, head_object()), "").await;
        let refused = response(status, &[], "no");
        kit.ask_for(by(1, mapi()), Ok(refused)).await;
        assert_eq!(
            kit.ask(by(1, head_object()), "").await.origin,
            Origin::Store
        );
        assert_eq!(kit.ask(by(2, head_object()), "").await.origin, Origin::Kept);
    }
}

#[tokio::test]
async fn a_refusal_counts_where_nothing_is_kept_too() {
    let kit = Kit::new();
    kit.ask(head_object(), "").await;
    let private = Question {
        demand: Demand::Private,
        ..mapi()
    };
    kit.ask_for(private, Ok(response(403, &[], "no"))).await;
    assert_eq!(kit.ask(head_object(), "").await.origin, Origin::Store);
}

#[tokio::test]
async fn any_new_object_may_end_that_there_is_nothing() {
    let settings = Settings {
        absent_ttl: portico_sdk::settings::Duration::from_secs(30),
        ..Settings::default()
    };
    let kit = Kit::with(settings);
    let none = || Ok(response(404, &[], ""));
    kit.ask_for(head_object(), none()).await;
    let other = Change::default()
        .listing(&home(), "photos")
        .object(&home(), "/photos/cat/tail");
    kit.change(other.clone()).await;
    assert_eq!(kit.ask(head_object(), "").await.status, 200);
    kit.change(other).await;
    assert_eq!(
        kit.ask(head_object(), "").await.origin,
        Origin::Kept,
        "it is there"
    );
}
