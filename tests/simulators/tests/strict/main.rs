//! Each refusal and each good answer of the four carriers, as a client sees them over HTTP.

mod control;
mod deppon;
mod moods;
mod pushes;
mod sf;
mod town;
mod v32;
mod yto;
mod zto;
