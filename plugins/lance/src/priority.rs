//! Queries come after the proxy: their threads are nicer than its own.

/// How much nicer, of 19. Beside a thread that is not, such a one gets a tenth of a processor.
const NICER: i32 = 10;

/// Has this thread give way, and all that it begins from now on: Linux keeps what `setpriority(2)` says
/// for single threads, and hands it down. Lance's own threads for reckoning are begun by the first of
/// ours that wants them.
pub(crate) fn lower() {
    if !cfg!(target_os = "linux") {
        // Elsewhere it would be the whole process.
        return;
    }
    if let Err(error) = rustix::process::setpriority_process(None, NICER) {
        tracing::warn!(%error, "queries run with the priority of the proxy");
    }
}

/// Has the threads that train indices give way too, and be no more than those of queries. They are the
/// process's: whoever comes first decides.
pub(crate) fn bound_training(threads: usize) {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|_| "lance-train".to_owned())
        .start_handler(|_| lower());
    if let Err(error) = pool.build_global() {
        tracing::debug!(%error, "threads of training are there already");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_thread_gives_way_with_all_that_it_begins_and_no_other_does() {
        let nice = || rustix::process::getpriority_process(None).unwrap();
        let before = nice();
        let of_thread = std::thread::spawn(move || {
            lower();
            let of_child = std::thread::spawn(nice).join().unwrap();
            (nice(), of_child)
        });
        assert_eq!(of_thread.join().unwrap(), (NICER, NICER));
        assert_eq!(nice(), before);
    }
}
