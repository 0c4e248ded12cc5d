//! Whole descriptions, compiled and played without a network.

mod classes;
mod duets;
mod flows;
mod guards;
mod hits;
mod judging;
mod loads;
mod properties;
mod refusals;
mod requests;
mod routes;
mod searches;
mod support;
