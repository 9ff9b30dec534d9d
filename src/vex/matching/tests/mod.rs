mod fixture;
mod go_vex;
mod image;
mod package;
mod vulnerability;
