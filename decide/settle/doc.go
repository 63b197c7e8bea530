// Package settle divides a medical bill among its payers in the legal order of a policy pack, by parts of the fee and
// by lines, and closes to the fen: what the payers take and what the patient keeps is the bill, always.
//
// What remains is kept as a matrix of lines and parts. Each payer draws on the parts it may, over the lines it takes;
// a draw on several lines is divided by cumulative floors. An amount that rests on an unknown fact is unknown, and so
// is everything after it; what was settled upstream stands.
package settle
