//! Queries come after the proxy: their threads are nicer than its own, and keep to a part of the processors.

use std::io;

/// How much nicer, of 19. Beside a thread that is not, such a one gets a tenth of a processor.
const NICER: i32 = 10;

/// Has this thread give way and keep to so many processors, with all that it begins from now on: Linux keeps what
/// `setpriority(2)` and `sched_setaffinity(2)` say for single threads, and hands it down. Lance's own threads for
/// reckoning are begun by the first of ours that wants them.
///
/// To be nice is not enough: whoever wakes up beside such a thread waits until its slice is over, a millisecond
/// or more, and a request wakes somebody up at each of its steps.
pub(crate) fn lower(processors: usize) {
    if !cfg!(target_os = "linux") {
        // Elsewhere it would be the whole process.
        return;
    }
    if let Err(error) = rustix::process::setpriority_process(None, NICER) {
        tracing::warn!(%error, "queries run with the priority of the proxy");
    }
    if let Err(error) = keep_to(processors) {
        tracing::warn!(%error, "queries run on all processors");
    }
}

/// The last of those that there are for this thread.
#[cfg(target_os = "linux")]
fn keep_to(processors: usize) -> io::Result<()> {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    let all = sched_getaffinity(None)?;
    let mut own = CpuSet::new();
    let known = (0..CpuSet::MAX_CPU).rev().filter(|one| all.is_set(*one));
    known.take(processors).for_each(|one| own.set(one));
    Ok(sched_setaffinity(None, &own)?)
}

#[cfg(not(target_os = "linux"))]
fn keep_to(_processors: usize) -> io::Result<()> {
    Ok(())
}

/// Has the threads that train indices give way too, and be no more than those of queries. They are the
/// process's: whoever comes first decides.
pub(crate) fn bound_training(threads: usize, processors: usize) {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|_| "lance-train".to_owned())
        .start_handler(move |_| lower(processors));
    if let Err(error) = pool.build_global() {
        tracing::debug!(%error, "threads of training are there already");
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use rustix::thread::{CpuSet, sched_getaffinity};

    use super::*;

    fn manners() -> (i32, CpuSet) {
        let nice = rustix::process::getpriority_process(None).unwrap();
        (nice, sched_getaffinity(None).unwrap())
    }

    #[test]
    fn a_thread_gives_way_with_all_that_it_begins_and_no_other_does() {
        let before = manners();
        let of_thread = std::thread::spawn(|| {
            lower(1);
            let of_child = std::thread::spawn(manners).join().unwrap();
            (manners(), of_child)
        });
        let (own, of_child) = of_thread.join().unwrap();
        assert_eq!((own.0, own.1.count()), (NICER, 1));
        assert!((0..CpuSet::MAX_CPU).all(|one| before.1.is_set(one) || !own.1.is_set(one)));
        assert_eq!(of_child, own);
        assert_eq!(manners(), before);
    }

    #[test]
    fn more_processors_than_there_are_is_all_of_them() {
        let before = manners();
        let of_thread = std::thread::spawn(|| {
            lower(usize::MAX);
            manners()
        });
        assert_eq!(of_thread.join().unwrap().1, before.1);
    }
}
