//! The allocator of every adapter: it only ever moves forward.
//!
//! An instance lives for one call and is thrown away whole, so freeing would be wasted work.
//! A block that is the last one grows and shrinks in place, which is how vectors and strings
//! grow while an answer is read.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::{Cell, UnsafeCell};
use core::mem::MaybeUninit;

struct Arena {
    next: Cell<usize>,
    end: Cell<usize>,
}

/// The memory an instance begins with. Growing a memory is two system calls in the host, one to
/// give it and one to take it back, and together they cost more than reading a usual answer.
struct First(UnsafeCell<MaybeUninit<[u8; FIRST_BYTES]>>);

const FIRST_BYTES: usize = 192 << 10;
const PAGE: usize = 64 * 1024;
/// Memory beyond the first is asked for in steps of this size.
const STEP: usize = 16 * PAGE;

// SAFETY: a component instance of ours has one thread.
unsafe impl Sync for Arena {}
// SAFETY: the same.
unsafe impl Sync for First {}

static FIRST: First = First(UnsafeCell::new(MaybeUninit::uninit()));

#[global_allocator]
static ARENA: Arena = Arena { next: Cell::new(0), end: Cell::new(0) };

impl Arena {
    /// Makes room for a block: with the first memory, then with more of it.
    #[cold]
    fn grow(&self, size: usize, align: usize) -> bool {
        if self.end.get() == 0 {
            let first = FIRST.0.get() as usize;
            self.next.set(first);
            self.end.set(first + FIRST_BYTES);
            return true;
        }
        let Some(bytes) = size.checked_add(align).and_then(|n| n.checked_next_multiple_of(STEP)) else { return false };
        let before = core::arch::wasm32::memory_grow(0, bytes / PAGE);
        if before == usize::MAX {
            return false;
        }
        if before * PAGE != self.end.get() {
            self.next.set(before * PAGE);
        }
        // The last page may end where a `usize` does.
        self.end.set((before * PAGE).saturating_add(bytes));
        true
    }

    fn take(&self, size: usize, align: usize) -> *mut u8 {
        loop {
            let start = (self.next.get() + align - 1) & !(align - 1);
            let Some(end) = start.checked_add(size) else { return core::ptr::null_mut() };
            if end <= self.end.get() {
                self.next.set(end);
                return start as *mut u8;
            }
            if !self.grow(size, align) {
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
