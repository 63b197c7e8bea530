package payment

// Plans are the questions that a page of a batch asks.
var Plans = map[string]string{
	"differences": differencesSQL, "orders": ordersSQL, "file": fileSQL,
	"lines": `SELECT ` + lineColumns + ` FROM payment_line WHERE county_code = ?1 AND batch_id = ?2 AND subject_id > ?3 ORDER BY subject_id LIMIT ?4`,
	"sums":  `SELECT what, number, amount FROM payment_sum WHERE county_code = ?1 AND batch_id = ?2`,
}
