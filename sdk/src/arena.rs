//! The allocator of every adapter: it only ever moves forward.
//!
//! An instance lives for one call and is thrown away whole, so freeing would be wasted work.
//! A block that is the last one grows and shrinks in place, which is how vectors and strings
//! grow while an answer is read.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;

struct Arena {
    next: Cell<usize>,
    end: Cell<usize>,
}

const PAGE: usize = 64 * 1024;
/// Memory is asked for in steps of this size, so that few calls cross into the host.
const STEP: usize = 4 * PAGE;

// SAFETY: a component instance of ours has one thread.
unsafe impl Sync for Arena {}

#[global_allocator]
static ARENA: Arena = Arena { next: Cell::new(0), end: Cell::new(0) };

impl Arena {
    #[cold]
    fn grow(&self, start: usize, end: usize) -> bool {
        let have = self.end.get();
        let from = if have == 0 { core::arch::wasm32::memory_size(0) * PAGE } else { have };
        let Some(needed) = end.checked_sub(start.min(from)).map(|n| n.div_ceil(STEP) * STEP / PAGE) else { return false };
        let before = core::arch::wasm32::memory_grow(0, needed);
        if before == usize::MAX {
            return false;
        }
        self.end.set((before + needed) * PAGE);
        if have == 0 {
            self.next.set(before * PAGE);
        }
        true
    }

    fn take(&self, size: usize, align: usize) -> *mut u8 {
        loop {
            let start = (self.next.get() + align - 1) & !(align - 1);
            let Some(end) = start.checked_add(size) else { return core::ptr::null_mut() };
            if end <= self.end.get() && self.end.get() != 0 {
                self.next.set(end);
                return start as *mut u8;
            }
            if !self.grow(start, end) {
                return core::ptr::null_mut();
            }
        }
    }

    fn is_last(&self, ptr: *mut u8, size: usize) -> bool {
        ptr as usize + size == self.next.get()
    }
}

// SAFETY: blocks never overlap, because `next` only moves back when the last block is given up.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.take(layout.size(), layout.align())
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        if self.is_last(ptr, layout.size()) {
            self.next.set(ptr as usize);
        }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if self.is_last(ptr, layout.size()) {
            self.next.set(ptr as usize);
            return self.take(new_size, layout.align());
        }
        if new_size <= layout.size() {
            return ptr;
        }
        let new = self.take(new_size, layout.align());
        if !new.is_null() {
            // SAFETY: both blocks are live, distinct and at least `layout.size()` long.
            unsafe { core::ptr::copy_nonoverlapping(ptr, new, layout.size()) };
        }
        new
    }
}
