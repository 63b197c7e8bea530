package fund

import (
	"math"

	"doudi/decide/text"
	"doudi/kernel/fault"
	"doudi/kernel/money"
	"doudi/record/store"
)

const (
	drawSQL = `UPDATE fund_block SET amount_left = amount_left - ?4 WHERE county_code = ?1 AND fund_code = ?2 AND block = ?3 AND amount_left >= ?4`
	giveSQL = `UPDATE fund_block SET amount_left = amount_left + ?4 WHERE county_code = ?1 AND fund_code = ?2 AND block = ?3 AND amount_left <= ?5`
)

// home is the block a transaction begins at: no other of this process has the same one at the same time, if there are as many
// blocks as transactions. Two that meet on a row go one after the other.
func (f Fund) home(tx *store.Tx) int { return tx.Slot % f.Blocks }

// level changes the headroom by delta and divides it evenly again; the fen that cannot be divided go to the first blocks. It
// touches all blocks, which is right for the few entries that bring money or set it aside.
func (f Fund) level(tx *store.Tx, delta money.Fen) error {
	left, err := headroom(tx, f.Code)
	if err != nil {
		return err
	}
	after, err := money.Add(left, delta)
	if err != nil {
		return f.full()
	}
	if after < 0 {
		return f.short(-delta, left)
	}
	share, rest := int64(after)/int64(f.Blocks), int64(after)%int64(f.Blocks)
	_, err = tx.Exec(`UPDATE fund_block SET amount_left = CAST(?3 AS BIGINT) + CASE WHEN block < ?4 THEN 1 ELSE 0 END WHERE county_code = ?1 AND fund_code = ?2`,
		tx.County, f.Code, share, rest)
	return err
}

// give adds to one block. No block may hold so much that all together could leave 64 bits.
func (f Fund) give(tx *store.Tx, block int, amount money.Fen) error {
	reached, err := tx.Exec(giveSQL, tx.County, f.Code, block, int64(amount), math.MaxInt64/int64(f.Blocks)-int64(amount))
	if err == nil && reached == 0 {
		err = f.full()
	}
	return err
}

// take takes from the headroom: from the home block, or, when that turns out to be short, from there on.
func (f Fund) take(tx *store.Tx, amount money.Fen) error {
	home := f.home(tx)
	if !tx.Careful {
		return tx.LaterSum(orSurprise, drawSQL, int64(amount), tx.County, f.Code, int64(home))
	}
	if done, err := f.draw(tx, home, amount); err != nil || done {
		return err
	}
	blocks, err := f.blocks(tx)
	if err != nil {
		return err
	}
	parts, short := plan(blocks, home, amount)
	if short > 0 {
		return f.short(amount, amount-short)
	}
	return f.drawAll(tx, parts)
}

func orSurprise(drawn int64) error {
	if drawn == 0 {
		return store.Surprise()
	}
	return nil
}

// drawAll takes a part from each block, in ascending order, so that two who draw on many do not lock each other out.
func (f Fund) drawAll(tx *store.Tx, parts []money.Fen) error {
	for block, part := range parts {
		if part == 0 {
			continue
		}
		if done, err := f.draw(tx, block, part); err != nil {
			return err
		} else if !done {
			return defect("fund.block-short", text.Tell("专账“%s”的第 %d 块额度不足 %s 元", "block %[2]d of the fund “%[1]s” is short of %[3]s yuan", f.Name, block, part))
		}
	}
	return nil
}

// draw takes from one block and tells whether it had enough.
func (f Fund) draw(tx *store.Tx, block int, amount money.Fen) (bool, error) {
	reached, err := tx.Exec(drawSQL, tx.County, f.Code, block, int64(amount))
	return reached == 1, err
}

// plan divides an amount over the blocks, beginning at home and going round; short is what they do not cover.
func plan(blocks []money.Fen, home int, amount money.Fen) (parts []money.Fen, short money.Fen) {
	parts = make([]money.Fen, len(blocks))
	for i := range blocks {
		block := (home + i) % len(blocks)
		parts[block] = money.Min(blocks[block], amount)
		amount -= parts[block]
	}
	return parts, amount
}

// blocks reads what is left in each block, in order.
func (f Fund) blocks(tx *store.Tx) ([]money.Fen, error) {
	return store.All(tx, func(rows *store.Rows) (left money.Fen, err error) { return left, rows.Scan(&left) },
		`SELECT amount_left FROM fund_block WHERE county_code = ?1 AND fund_code = ?2 ORDER BY block`, tx.County, f.Code)
}

// headroom is what all blocks together have left.
func headroom(tx *store.Tx, code string) (sum money.Fen, err error) {
	err = tx.QueryRow(`SELECT CAST(COALESCE(SUM(amount_left), 0) AS BIGINT) FROM fund_block WHERE county_code = ?1 AND fund_code = ?2`, tx.County, code).Scan(&sum)
	return sum, err
}

func (f Fund) short(asked, left money.Fen) error {
	return conflict("fund.short", text.Tell("专账“%s”（%s）可用额度 %s 元，不够 %s 元，没有记账", "the fund “%s” (%s) has %s yuan left, which does not cover %s; nothing was entered", f.Name, f.Code, left, asked),
		text.Tell("申请拨款或追加用款额度，或改由其他专账支付", "ask for an appropriation or a higher limit, or let another fund pay"))
}

func (f Fund) full() error {
	return &fault.Error{Kind: fault.Invalid, Code: "money.overflow", Op: "fund",
		Message: text.Tell("专账“%s”的额度超出可以表示的范围，没有记账", "the headroom of the fund “%s” is out of range; nothing was entered", f.Name),
		Hint:    text.Tell("请核对金额，通常是多输了几位", "check the amount: usually some digits too many were entered")}
}
