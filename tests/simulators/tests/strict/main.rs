//! Each refusal and each good answer of the carriers, as a client sees them over HTTP.

mod chat;
mod control;
mod deppon;
mod faces;
mod internal;
mod jt;
mod late;
mod lookups;
mod moods;
mod page_pushes;
mod pages;
mod pushes;
mod sf;
mod sto;
mod subscriber;
mod town;
mod v32;
mod visits;
mod yto;
mod zto;
